using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.Cli;

/// <summary>Bad input ends with exit code 2 and one message that names file and place; nothing is written.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("model_name_or_path", "/no/such/model", "model folder '/no/such/model' does not exist")]
    [InlineData("nncf_config", "/no/such/config.json", "NNCF configuration '/no/such/config.json' does not exist")]
    [InlineData("dataset_path", "/no/such/data.json", "data set '/no/such/data.json' does not exist")]
    [InlineData("target_modules", "q_proj,w_proj", "has no layers w_proj")]
    [InlineData("lora_r", "16", "[32, 28]")]
    [InlineData("val_set_size", "48", "leaves no record")]
    [InlineData("learning_rates", "1", "did you mean '--learning_rate'?")]
    public void Run_BadOption_IsNamed(string flag, string value, string message)
    {
        using var sample = new SampleRun();

        AssertRefused(sample, sample.Training((flag, value)), message);
    }

    [Theory]
    [InlineData("{\"instruction\": \"a\"", "line 1")]
    [InlineData("[{\"output\": \"b\"}]", "record 1")]
    [InlineData("[{\"instruction\": \"a\", \"output\": \"b\"}, {\"output\": \"b\"}]", "record 2")]
    [InlineData("[]", "no records")]
    [InlineData("not json", "is no JSON: it begins with 'not json'")]
    public void Run_BadDataset_NamesFileAndRecord(string content, string message)
    {
        using var sample = new SampleRun();
        File.WriteAllText(sample.Dataset, content);

        AssertRefused(sample, sample.Training(), message, sample.Dataset);
    }

    [Fact]
    public void Run_UnreadableDataset_NamesTheFile()
    {
        using var sample = new SampleRun();
        using var held = new FileStream(sample.Dataset, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        AssertRefused(sample, sample.Training(), "can't be read", sample.Dataset);
    }

    [Theory]
    [InlineData("best.json", "neither")]
    [InlineData("minimal", "--nncf_config")]
    public void Run_SubAdapterThatCannotBe_IsRefusedBeforeTraining(string subAdapter, string message)
    {
        using var sample = new SampleRun();
        (string, string?)[] changes = [("sub_adapter", subAdapter), ("do_test", "True")];

        AssertRefused(
            sample, sample.Training(subAdapter == "minimal" ? [.. changes, ("nncf_config", null)] : changes), message);
    }

    [Fact]
    public void Run_TokenizerOfALargerModel_IsRefused()
    {
        using var sample = new SampleRun();
        var model = CopyModel(sample);
        var config = Path.Combine(model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"vocab_size\": 768", "\"vocab_size\": 700"));

        AssertRefused(sample, sample.Training(("model_name_or_path", model)), "768 pieces", "vocab_size of 700");
    }

    [Fact]
    public void Run_AddedTokenBeyondTheModel_IsRefusedUnlessItPads()
    {
        using var sample = new SampleRun();
        var model = CopyModel(sample);
        var list = Path.Combine(model, "added_tokens.json");
        File.WriteAllText(list, "{\"<|im_end|>\": 768}");
        AssertRefused(
            sample, sample.Training(("model_name_or_path", model)), "769 pieces", "added tokens", "vocab_size of 768");

        File.WriteAllText(list, "{\"<pad>\": 768}");
        Assert.Equal(0, SampleRun.Run(sample.Training(("model_name_or_path", model), ("dry_run", "True"))).ExitCode);
    }

    [Fact]
    public void Run_FolderAsDataset_NamesIt()
    {
        using var sample = new SampleRun();
        File.Delete(sample.Dataset);
        Directory.CreateDirectory(sample.Dataset);

        AssertRefused(sample, sample.Training(), "is a folder; expected a file", sample.Dataset);
    }

    [Fact]
    public void Run_ConfigurationOfAnotherModel_NamesGroupAndModule()
    {
        using var sample = new SampleRun();
        var configuration = Repository.Fixture("nncf_llama_tiny.json");

        AssertRefused(sample, sample.Training(("nncf_config", configuration)), "does not fit the model", configuration);
    }

    [Fact]
    public void Run_ShapeMismatchInWeights_NamesEveryTensor()
    {
        using var sample = new SampleRun();
        var model = CopyModel(sample);
        var config = Path.Combine(model, "config.json");
        File.WriteAllText(
            config, File.ReadAllText(config).Replace("\"intermediate_size\": 384", "\"intermediate_size\": 392"));

        AssertRefused(
            sample, sample.Training(("model_name_or_path", model)),
            "'model.layers.3.mlp.down_proj.weight' has shape [128, 384]", model);
    }

    [Fact]
    public void Run_TruncatedWeights_NamesTheFile()
    {
        using var sample = new SampleRun();
        var weights = Path.Combine(CopyModel(sample), "model.safetensors");
        using (var stream = File.OpenWrite(weights))
        {
            stream.SetLength(stream.Length / 2);
        }

        AssertRefused(
            sample, sample.Training(("model_name_or_path", Path.GetDirectoryName(weights)!)), "truncated", weights);
    }

    [Fact]
    public void Run_IndexNamesAMissingShard_NamesIt()
    {
        using var sample = new SampleRun();
        var model = CopyModel(sample);
        File.Delete(Path.Combine(model, "model.safetensors"));
        JsonOutput.Save(Path.Combine(model, "model.safetensors.index.json"), new
        {
            weight_map = new Dictionary<string, string> { ["model.norm.weight"] = "model-00001-of-00002.safetensors" },
        });

        AssertRefused(
            sample, sample.Training(("model_name_or_path", model)), "model-00001-of-00002.safetensors", "index.json");
    }

    [Fact]
    public void Run_PickleThatCallsAProgram_RunsNothing()
    {
        using var sample = new SampleRun();
        var model = CopyModel(sample);
        File.Delete(Path.Combine(model, "model.safetensors"));
        var mark = Path.Combine(sample.Folder, "mark");
        TorchWriter.Save(
            Path.Combine(model, "pytorch_model.bin"),
            new PickleWriter().Global("posix", "system").Op('(').Text($"touch {mark}").Op('t').Op('R').End());

        var said = AssertRefused(
            sample, sample.Training(("model_name_or_path", model)), "'posix.system'", "pytorch_model.bin");
        ErrorTable.Require("pickle that calls something", 2, said);
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public void Run_TruncatedShard_NamesIt()
    {
        using var sample = new SampleRun();
        var model = CopyModel(sample);
        File.Delete(Path.Combine(model, "model.safetensors"));
        foreach (var file in Directory.EnumerateFiles(Repository.Fixture("llama-tiny-sharded-bin"), "pytorch_model*"))
        {
            File.WriteAllBytes(
                Path.Combine(model, Path.GetFileName(file)),
                file.EndsWith("00002.bin", StringComparison.Ordinal)
                    ? File.ReadAllBytes(file)[..^1000] : File.ReadAllBytes(file));
        }

        AssertRefused(
            sample, sample.Training(("model_name_or_path", model)), "pytorch_model-0000", "truncated");
    }

    [Fact]
    public void Run_OverlappingRanges_NamesTheTensors()
    {
        using var sample = new SampleRun();
        var weights = Path.Combine(CopyModel(sample), "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        var header = Encoding.Latin1.GetString(bytes);
        int at = header.IndexOf("\"data_offsets\":[", StringComparison.Ordinal) + "\"data_offsets\":[".Length;
        int comma = header.IndexOf(',', at);
        int end = header.IndexOf(']', comma);
        // The first tensor's range moves by its own length: it then lies on the next one.
        long start = long.Parse(header[at..comma], CultureInfo.InvariantCulture);
        long length = long.Parse(header[(comma + 1)..end], CultureInfo.InvariantCulture) - start;
        var moved = $"{start + length},{start + (2 * length)}";
        var changed = header[..at] + moved + header[end..];
        var size = BinaryPrimitives.ReadInt64LittleEndian(bytes) + changed.Length - header.Length;
        File.WriteAllBytes(
            weights, [.. BitConverter.GetBytes(size), .. Encoding.Latin1.GetBytes(changed)[8..], .. new byte[64]]);

        var said = AssertRefused(
            sample, sample.Training(("model_name_or_path", Path.GetDirectoryName(weights)!)), "overlap", weights);
        ErrorTable.Require("ranges in the weights", 2, said);
    }

    [Theory]
    [InlineData("tokenizer.model", "{\"model\": {\"type\": \"BPE\"}}")]
    [InlineData("tokenizer.json", "[PAD]\n[UNK]\nthe")]
    [InlineData("tokenizer.json", "{\"model\": {\"type\": \"Unigram\", \"vocab\": []}}")]
    [InlineData("vocab.txt", "\u0000\u0001\u0002")]
    public void Run_TokenizerOfTheWrongKind_NamesTheFile(string file, string content)
    {
        using var sample = new SampleRun();
        var model = CopyModel(sample);
        File.Delete(Path.Combine(model, "tokenizer.model"));
        File.WriteAllText(Path.Combine(model, file), content);

        AssertRefused(sample, sample.Training(("model_name_or_path", model)), file);
    }

    [Fact]
    public void Run_AdapterOfAnotherModel_NamesTheTensors()
    {
        using var sample = new SampleRun();

        AssertRefused(
            sample, sample.Testing(("lora_weights", TinyLora.Folder)), "does not fit the base model", TinyLora.Folder);
    }

    [Fact]
    public void Run_ConfigurationThatDisagreesWithTheAdapters_IsRefused()
    {
        using var sample = new SampleRun();
        Assert.Equal(0, SampleRun.Run(sample.Training()).ExitCode);
        var other = Path.Combine(sample.Folder, "other.json");
        File.WriteAllText(other, File.ReadAllText(SampleRun.Configuration).Replace("192", "208"));

        var said = AssertRefused(sample, sample.Testing(("nncf_config", other)), "disagrees", other);
        ErrorTable.Require("configuration that differs from the adapter's", 2, said);
    }

    [Fact]
    public void Run_UnknownWidthInSubAdapterFile_NamesGroupWidthAndList()
    {
        using var sample = new SampleRun();
        Assert.Equal(0, SampleRun.Run(sample.Training()).ExitCode);
        var file = Path.Combine(sample.Folder, "sub.json");
        File.WriteAllText(file, "{\"width\": {\"0\": 30}}");

        var said = AssertRefused(sample, sample.Testing(("sub_adapter", file)), "30", "[32, 28]", "group 0");
        ErrorTable.Require("sub-adapter file", 2, said);
    }

    private static string CopyModel(SampleRun sample)
    {
        var copy = Directory.CreateDirectory(Path.Combine(sample.Folder, "model")).FullName;
        foreach (var file in Directory.EnumerateFiles(SampleRun.Model))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    /// <summary>What was said.</summary>
    private static string AssertRefused(SampleRun sample, string[] args, params string[] parts)
    {
        var before = sample.Listing();

        var run = SampleRun.Run(args);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.StartsWith("error: ", run.Error);
        Assert.All(parts, part => Assert.Contains(part, run.Error));
        Assert.DoesNotContain("   at ", run.Error);
        Assert.Equal(before, sample.Listing());
        return run.Error;
    }
}
