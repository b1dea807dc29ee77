using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Cli;

/// <summary>
/// Models that are whole and can't be used, for rows of docs/errors.md; each is made in a sample's folder.
/// </summary>
internal static class ErrorModels
{
    /// <summary>The sample model with a tensor multiplied, in the sample's folder.</summary>
    public static string Scaled(SampleRun sample, string tensor, double factor) =>
        Scaled(Path.Combine(sample.Folder, "model"), tensor, factor);

    /// <summary>The same in a new folder.</summary>
    public static string Scaled(string folder, string tensor, double factor)
    {
        using var scope = NewDisposeScope();
        var model = SampleRun.CopyOfModel(folder);
        using var file = SafetensorsFile.Open(Path.Combine(SampleRun.Model, "model.safetensors"));
        SafetensorsWriter.Save(
            Path.Combine(model, "model.safetensors"),
            [.. file.Names.Select(name => (name, name == tensor ? file.Load(name) * factor : file.Load(name)))]);
        return model;
    }

    /// <summary>A model of 320 tokens beside a tokenizer of 768.</summary>
    public static string WithLargerTokenizer(SampleRun sample)
    {
        var model = Copy(Repository.Fixture("llama-tiny"), Path.Combine(sample.Folder, "small"));
        File.Copy(
            Path.Combine(SampleRun.Model, "tokenizer.model"), Path.Combine(model, "tokenizer.model"), overwrite: true);
        return model;
    }

    /// <summary>
    /// The sample model beside a tokenizer that puts a space before texts, for which llama.cpp has no name.
    /// </summary>
    public static string WithUnknownSplit(SampleRun sample)
    {
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        File.Delete(Path.Combine(model, "tokenizer.model"));
        File.Delete(Path.Combine(model, "tokenizer_config.json"));
        File.WriteAllText(Path.Combine(model, "tokenizer.json"), TokenizerFiles.Json("gpt2-prefix"));
        return model;
    }

    private static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.EnumerateFiles(from))
        {
            File.Copy(path, Path.Combine(to, Path.GetFileName(path)));
        }

        return to;
    }
}
