using System.Reflection;
using LoNas.Runtime;
using Microsoft.ML.Tokenizers;

namespace LoNas.Cli.Commands;

/// <summary>The versions of the program and its libraries, without starting any of them.</summary>
internal static class VersionPage
{
    public static string Format() => string.Join('\n',
    [
        $"LoNAS {ProgramVersion}",
        $".NET {Environment.Version}",
        $"TorchSharp {VersionOf(typeof(TorchSharp.torch).Assembly)}",
        TorchRuntime.ExistingLibtorch ?? $"libtorch {OwnLibtorch ?? "none; LONAS_LIBTORCH can name the folder of one"}",
        $"Microsoft.ML.Tokenizers {VersionOf(typeof(Tokenizer).Assembly)}",
    ]) + "\n";

    /// <summary>The version alone: the commit after '+' is left out.</summary>
    public static string ProgramVersion => VersionOf(typeof(VersionPage).Assembly);

    // The library notes which libtorch it was built with: the packages' own files do not tell.
    private static string? OwnLibtorch => typeof(TorchRuntime).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(entry => entry.Key == "libtorch")?.Value;

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? "unknown";
}
