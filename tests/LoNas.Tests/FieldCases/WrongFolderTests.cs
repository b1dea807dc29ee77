using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Folders and files that are given for a model or an adapter and are something else.</summary>
public sealed class WrongFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Generate_SharedAdapterAsModel_SaysHowToGiveIt()
    {
        var run = CliRun.Of(
            "generate", "--model_name_or_path", SharedData.Path("field-cases", "wrong-folder", "adapter"), "--prompt",
            "x");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is an adapter (adapter_config.json); give it as the adapter, and its base", run.Error);
        Assert.EndsWith("(--lora_weights, --model_name_or_path)", run.Error.Trim());
    }

    [Fact]
    public void Generate_SharedShardsWithoutAnIndex_AreLoadedWhereAllAreThere() => Assert.Equal(
        Greedy.Ids(SharedData.Path("field-cases", "names-not-shown", "base"), [1, 2], 4),
        Greedy.Ids(SharedData.Path("field-cases", "wrong-folder", "shards"), [1, 2], 4));

    [Fact]
    public void Generate_ShardsOfPyTorchWithoutAnIndex_AreLoaded()
    {
        var model = Copy(Repository.Fixture("llama-tiny-sharded-bin"), "model");
        File.Delete(Path.Combine(model, "pytorch_model.bin.index.json"));

        Assert.Equal(Greedy.Ids(Repository.Fixture("llama-tiny"), [1, 2], 4), Greedy.Ids(model, [1, 2], 4));
    }

    [Theory]
    [InlineData("model-00001-of-00002.safetensors", "and not model-00002-of-00002.safetensors; get the rest")]
    [InlineData("model-00001-of-00001.safetensors model-00001-of-00002.safetensors", "they are of two checkpoints")]
    [InlineData("model.fp16.safetensors", "it has config.json, model.fp16.safetensors")]
    [InlineData("adapter_model.safetensors", "it has adapter_model.safetensors, config.json")]
    [InlineData("tf_model.h5", "TensorFlow's weights are not read")]
    [InlineData("flax_model.msgpack", "Flax's weights are not read")]
    [InlineData("consolidated.safetensors", "these are the original files")]
    [InlineData("zero_to_fp32.py", "run zero_to_fp32.py")]
    [InlineData("model.onnx", "ONNX files are not read")]
    [InlineData("model-q4.gguf", "a GGUF file is for llama.cpp")]
    [InlineData("model.safetensors.part", "the download did not finish")]
    [InlineData("README.md", "it has README.md, config.json")]
    public void Generate_NoWeights_SaysWhatIsThere(string files, string said)
    {
        File.Copy(Repository.Fixture("llama-tiny", "config.json"), _folder.Path("config.json"));
        Touch(files.Split(' '));

        Assert.Contains(said, Greedy.Error(_folder.Root));
    }

    [Theory]
    [InlineData("the folder is empty; check the path")]
    [InlineData("it is in the folder '", "only/config.json")]
    [InlineData("2 folders in it have one; give one of them", "a/config.json", "b/config.json")]
    [InlineData("it is in the folder '", "snapshots/0123/config.json", "refs/main", "blobs/x")]
    [InlineData("give a model in it by its name, such as 'org/tiny'", "models--org--tiny/refs/main")]
    [InlineData("a GGUF file is for llama.cpp", "model.Q4_K_M.gguf")]
    [InlineData("convert them with Transformers' convert_llama", "params.json", "consolidated.00.pth")]
    [InlineData("copy the config.json from where these weights were saved", "model.safetensors", "tokenizer.json")]
    [InlineData("copy the config.json from where", "pytorch_model.bin", "optimizer.pt", "trainer_state.json")]
    [InlineData("it has notes.txt; check the path", "notes.txt")]
    public void Generate_FolderThatIsNoModel_SaysWhatItIs(string said, params string[] files)
    {
        Touch(files);

        var error = Greedy.Error(_folder.Root);

        Assert.Contains($"The model folder '{_folder.Root}' has no config.json; ", error);
        Assert.Contains(said, error);
        Assert.EndsWith("(--model_name_or_path)", error.Trim());
    }

    [Theory]
    [InlineData("is a model (config.json), not an adapter; give it as the model", "config.json")]
    [InlineData("is a model with an adapter of its own; it is in", "config.json", "adapter/adapter_config.json")]
    [InlineData(
        "2 folders in it have one; give one of them, such as '", "checkpoint-9/adapter_config.json",
        "checkpoint-10/adapter_config.json")]
    [InlineData("copy the adapter_config.json from where", "adapter_model.safetensors")]
    [InlineData("copy the adapter_config.json from where", "adapter_model.bin", "optimizer.pt")]
    [InlineData("the folder is empty")]
    [InlineData("it is in the folder '", "out/adapter_config.json")]
    [InlineData("a GGUF file is for llama.cpp", "lora.gguf")]
    public void Generate_FolderThatIsNoAdapter_SaysWhatItIs(string said, params string[] files)
    {
        Touch(files);

        var error = Greedy.Error(Repository.Fixture("llama-tiny"), "--lora_weights", _folder.Root);

        Assert.Contains(said, error);
        Assert.Contains("--lora_weights", error);
        Assert.DoesNotContain("checkpoint-9'", error);
    }

    [Fact]
    public void Generate_FileInPlaceOfAFolder_NamesTheFolder()
    {
        var model = Repository.Fixture("llama-tiny");
        Touch("model.gguf", "model.tar.gz");

        Assert.All(["model.safetensors", "config.json"], file => Assert.Contains(
            $"give the one that it is in, '{model}'", Greedy.Error(Path.Combine(model, file))));
        Assert.Contains("a GGUF file is for llama.cpp", Greedy.Error(_folder.Path("model.gguf")));
        Assert.Contains("unpack it, and give the folder", Greedy.Error(_folder.Path("model.tar.gz")));
        var adapter = Path.Combine(TinyLora.Folder, "adapter_model.safetensors");
        Assert.Contains(
            $"give the one that it is in, '{TinyLora.Folder}'", Greedy.Error(model, "--lora_weights", adapter));
    }

    [Fact]
    public void Inspect_AdapterAsModel_SaysHowToGiveIt()
    {
        var run = CliRun.Of("inspect", "--model_name_or_path", TinyLora.Folder);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is an adapter (adapter_config.json); give it as the adapter", run.Error);
    }

    private string Copy(string from, string name)
    {
        Directory.CreateDirectory(_folder.Path(name));
        foreach (var path in Directory.EnumerateFiles(from))
        {
            File.Copy(path, _folder.Path(name, Path.GetFileName(path)));
        }

        return _folder.Path(name);
    }

    private void Touch(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.Path(file))!);
            File.WriteAllText(_folder.Path(file), "x");
        }
    }
}
