using System.IO.Compression;
using System.Text;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>What lies in place of a file: pointers, servers' messages, downloads that did not finish.</summary>
public sealed class StandInTests
{
    private const string Weights = "model.safetensors";
    private const string Torch = "pytorch_model.bin";
    private const string Tokenizer = "tokenizer.model";
    private const string Config = "config.json";

    private const string Pointer = "version https://git-lfs.github.com/spec/v1\n"
        + "oid sha256:9f13f0b0e6b1b8a1fb1f4ae4e4d5c4e2\nsize 4976698672\n";

    private const string IsPointer = "is a Git LFS pointer, not the file itself (4976698672 bytes); run git lfs pull";

    public static TheoryData<string, string, string> Texts => new()
    {
        { Weights, Pointer, IsPointer },
        { Torch, Pointer, IsPointer },
        { Tokenizer, Pointer, IsPointer },
        { Config, Pointer, IsPointer },
        { "tokenizer_config.json", Pointer, IsPointer },
        { "generation_config.json", Pointer, IsPointer },
        { "tokenizer.json", Pointer, IsPointer },
        { "vocab.txt", Pointer, IsPointer },
        { "model.safetensors.index.json", Pointer, IsPointer },
        { Weights, "<!DOCTYPE html>\n<html class=\"\"><head>", "is a web page, not the file" },
        { Config, "\n<html>\n<body>Sign in", "is a web page, not the file" },
        { Tokenizer, "\uFEFF<!doctype HTML>", "is a web page, not the file" },
        { Config, "{\"error\":\"Entry not found\"}", "is a server's message, not the file: 'Entry not found'" },
        {
            Weights, "{\"error\":\"Access to model meta-llama/Llama-2-7b-hf is restricted\",\"statusCode\":403}",
            "'Access to model meta-llama/Llama-2-7b-hf is restricted'; get it again, and with a token"
        },
        { Tokenizer, "Entry not found", "is a server's message, not the file: 'Entry not found'" },
        { Weights, "Repository Not Found\n", "is a server's message, not the file: 'Repository Not Found'" },
        { Torch, "404: Not Found", "is a server's message" },
        { Torch, "Invalid username or password.", "is a server's message" },
        {
            Weights, "Access to model mistralai/x is restricted and you are not in the authorized list. Visit "
                + "https://huggingface.co/x to ask for access.",
            "is a server's message"
        },
        { Weights, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "is an XML document" },
        { Weights, "/annex/objects/SHA256E-s4976698672--9f13.safetensors\n", "is a git-annex pointer" },
        { Weights, "", "is empty (0 bytes)" },
        { Torch, "", "is empty (0 bytes)" },
        { Config, "", "is empty (0 bytes)" },
        { Tokenizer, "", "is empty (0 bytes)" },
        { Weights, new string('\0', 4000), "begins with zeros alone: the download did not finish" },
        { Torch, new string('\0', 4000), "begins with zeros alone" },
        { Tokenizer, new string('\0', 4000), "begins with zeros alone" },
        { Tokenizer, "IQ== 0\nIg== 1\nIw== 2\nJA== 3\n", "is a list of BPE ranks, as tiktoken reads it" },
        { Tokenizer, "\u0012\u0003abc not a model at all", "is no SentencePiece model, or not a whole one" },
        { Weights, "GGUF\u0003\0\0\0\0\0\0\0", "is a GGUF file, which llama.cpp reads; expected the safetensors file" },
        { Weights, "PK\u0003\u0004\0\0\0\0\0\0", "is a ZIP archive, such as torch.save writes" },
        { Weights, "\u0008\u0007\u0012\u0007pytorch\u001a\u00052.1.0 and so on", "is an ONNX file" },
        { Torch, "P\0\0\0\0\0\0\0{\"__metadata__\":{}}", "is a safetensors file; expected the PyTorch file" },
        {
            Config, "GGUF\u0003\0\0\0\0\0\0\0",
            "is a GGUF file, which llama.cpp reads; expected the model configuration"
        },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Generate_OtherFileInPlace_SaysWhatItIs(string file, string content, string said)
    {
        using var folder = new TemporaryFolder();
        var model = SampleRun.CopyOfModel(folder.Path("model"));
        if (file is Torch or "model.safetensors.index.json")
        {
            File.Delete(Path.Combine(model, Weights));
        }

        if (file is "tokenizer.json" or "vocab.txt")
        {
            File.Delete(Path.Combine(model, Tokenizer));
            File.Delete(Path.Combine(model, "tokenizer_config.json"));
        }

        File.WriteAllText(Path.Combine(model, file), content);

        RequireRefused(["generate", "--model_name_or_path", model, "--prompt", "x"], said, Path.Combine(model, file));
    }

    [Theory]
    [InlineData("st", "model.safetensors")]
    [InlineData("bin", "pytorch_model.bin")]
    [InlineData("tok", "tokenizer.model")]
    public void Generate_SharedPointer_IsNamed(string name, string file)
    {
        var model = SharedData.Path("field-cases", "lfs-pointers", name);

        RequireRefused(
            ["generate", "--model_name_or_path", model, "--prompt", "x", "--max_new_tokens", "2"],
            "is a Git LFS pointer, not the file itself (", Path.Combine(model, file));
    }

    [Theory]
    [InlineData("dataset_path", "data set")]
    [InlineData("nncf_config", "NNCF configuration")]
    public void Train_PointerInPlaceOfAnInput_IsNamed(string flag, string purpose)
    {
        using var sample = new SampleRun();
        var path = Path.Combine(sample.Folder, "pointer.json");
        File.WriteAllText(path, Pointer);

        RequireRefused(sample.Training((flag, path)), $"The {purpose} '{path}' {IsPointer}");
    }

    [Theory]
    [InlineData("adapter_config.json", Pointer, IsPointer)]
    [InlineData("adapter_model.safetensors", Pointer, IsPointer)]
    [InlineData("adapter_model.safetensors", "Entry not found", "is a server's message")]
    [InlineData("adapter_config.json", "<html>", "is a web page")]
    [InlineData("adapter_model.bin", Pointer, IsPointer)]
    public void Generate_PointerInAnAdapter_IsNamed(string file, string content, string said)
    {
        using var folder = new TemporaryFolder();
        foreach (var path in Directory.EnumerateFiles(TinyLora.Folder))
        {
            File.Copy(path, folder.Path(Path.GetFileName(path)));
        }

        if (file.EndsWith(".bin", StringComparison.Ordinal))
        {
            File.Delete(folder.Path("adapter_model.safetensors"));
        }

        File.WriteAllText(folder.Path(file), content);

        Assert.Contains(said, Greedy.Error(Repository.Fixture("llama-tiny"), "--lora_weights", folder.Root));
    }

    [Fact]
    public void Generate_CompressedOrUnfinished_IsNamed()
    {
        using var folder = new TemporaryFolder();
        var model = SampleRun.CopyOfModel(folder.Path("model"));
        var weights = Path.Combine(model, Weights);
        using (var zipped = new GZipStream(File.Create(weights), CompressionLevel.Fastest))
        {
            zipped.Write(Encoding.UTF8.GetBytes("weights"));
        }

        string[] line = ["generate", "--model_name_or_path", model, "--prompt", "x"];
        RequireRefused(line, "is compressed with gzip", weights);

        File.WriteAllText($"{weights}.aria2", "x");
        RequireRefused(line, "is an unfinished download: its '.aria2' file lies beside it", weights);

        File.Delete($"{weights}.aria2");
        File.Move(weights, $"{weights}.incomplete");
        RequireRefused(line, "holds no weights", "the download did not finish");

        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(model, "pytorch_model.bin.index.json"), "x");
            File.Delete(Path.Combine(model, Config));
            File.CreateSymbolicLink(Path.Combine(model, Config), "../.git/annex/objects/ab/cd/SHA256E");
            RequireRefused(
                line, "is a link to '../.git/annex/objects/ab/cd/SHA256E', which is not there; run git annex get");
        }
    }

    private static void RequireRefused(string[] line, params string[] said)
    {
        var run = CliRun.Of(line);

        Assert.True(run.ExitCode == 2, run.Error + run.Output);
        Assert.All(said, text => Assert.Contains(text, run.Error));
        Assert.DoesNotContain("Protocol message", run.Error);
    }
}
