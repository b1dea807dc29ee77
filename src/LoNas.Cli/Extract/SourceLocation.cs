using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Export;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Hub;

namespace LoNas.Cli.Extract;

/// <summary>Finds the folders and the configuration that a command's source options mean.</summary>
internal static class SourceLocation
{
    public static MaskedModelSource Find(SourceOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var model = ModelLocation.Resolve(
            options.ModelNameOrPath, options.ModelRevision, HubContent.Model, console, cancel);
        var adapter = options.LoraWeights is { } name
            ? ModelLocation.Resolve(name, revision: null, HubContent.Adapter, console, cancel)
            : null;
        var path = adapter is null ? null : AdapterManifest.Configuration(adapter, options.NncfConfig);
        var configuration = path is null ? null : NncfConfiguration.Load(path);
        foreach (var warning in configuration?.Warnings ?? [])
        {
            console.Warn(warning);
        }

        return new MaskedModelSource
        {
            ModelPath = model,
            Name = options.ModelNameOrPath,
            AdapterPath = adapter,
            Configuration = configuration,
            SubAdapter = options.SubAdapter,
            MaxMacs = options.MaxMacs,
            MinAccuracy = options.MinAccuracy,
        };
    }
}
