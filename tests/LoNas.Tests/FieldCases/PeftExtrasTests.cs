using LoNas.Formats.Peft;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// What PEFT saves beside the adapters of linear layers: embeddings and heads, and adapters of both. Expected answers
/// come from bases into which the test puts the same matrices itself.
/// </summary>
public sealed class PeftExtrasTests : IDisposable
{
    private const string Embed = "model.embed_tokens";
    private const string Head = "lm_head";
    private readonly TemporaryFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();
    private readonly AdapterFiles _files;

    public PeftExtrasTests() => _files = new AdapterFiles("llama-tiny", _folder);

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Generate_EmbeddingsOfTheSameSize_AreUsed()
    {
        var folder = SharedData.Path("field-cases", "peft-auto-embeddings");

        Assert.Equal(
            "[[1,5,17,9,44,3,200,31,355,105,126,490,84,177,131,373,355,66,255,33]]",
            AdapterFiles.Tokens(Path.Combine(folder, "base"), Path.Combine(folder, "same-size")));
    }

    [Fact]
    public void Generate_EmbeddingsWithMoreRows_SaysThatTheBaseNeedsThem()
    {
        var folder = SharedData.Path("field-cases", "peft-auto-embeddings");

        var run = AdapterFiles.Generate(Path.Combine(folder, "base"), Path.Combine(folder, "resized"));

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("embed_tokens.weight' has 514 rows and the base 512", run.Error, StringComparison.Ordinal);
        Assert.Contains("lm_head.weight' has 514 rows and the base 512", run.Error, StringComparison.Ordinal);
        Assert.Contains("resize_token_embeddings", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_MoreRowsThanTheBase_IsTheRowsMessage()
    {
        var adapter = _files.Adapter(
            "q_proj", [.. _files.Pairs("self_attn.q_proj"), ($"{Embed}.weight", _files.Random(322, 64))]);

        var run = AdapterFiles.Generate(_files.Base, adapter);

        ErrorTable.Require("adapter of a base with more tokens", run.ExitCode, run.Error);
    }

    [Theory]
    [InlineData(Embed, Embed + ".weight", "q_proj", false)]
    [InlineData(Head, Head + ".weight", "q_proj", false)]
    [InlineData(Head, Head + ".base_layer.weight", "q_proj", false)]
    [InlineData(Embed, Embed + ".weight", "q_proj", true)]
    [InlineData(Embed, Embed + ".weight", ".*q_proj", false)]
    public void Generate_MatrixInTheAdapter_StandsInTheBases(string module, string saved, string targets, bool isTorch)
    {
        var matrix = _files.Random(_files.Of($"{module}.weight").shape);
        var pairs = _files.Pairs("self_attn.q_proj");

        var adapter = _files.Adapter(targets, [.. pairs, (saved, matrix)], isTorch: isTorch);
        var tokens = AdapterFiles.Tokens(_files.Base, adapter);

        Assert.Equal(Expected(pairs, ($"{module}.weight", matrix)), tokens);
        Assert.NotEqual(AdapterFiles.Tokens(_files.Base, _files.Adapter("q_proj", pairs)), tokens);
    }

    /// <summary>PEFT copies it into the base's parameter, which keeps its type.</summary>
    [Fact]
    public void Generate_MatrixOfHalfPrecision_IsWidened()
    {
        var matrix = _files.Random(_files.Of($"{Embed}.weight").shape).to(ScalarType.Float16);
        var pairs = _files.Pairs("self_attn.q_proj");

        Assert.Equal(
            Expected(pairs, ($"{Embed}.weight", matrix.to(ScalarType.Float32))),
            AdapterFiles.Tokens(_files.Base, _files.Adapter("q_proj", [.. pairs, ($"{Embed}.weight", matrix)])));
    }

    /// <summary>An adapter of the head with the head's own matrix beside it, as PEFT 0.10 and later write it.</summary>
    [Fact]
    public void Generate_AdapterOfTheHead_IsComputed()
    {
        var (pairs, head) = (_files.Pairs("self_attn.q_proj"), _files.Pair(Head));
        var (a, b) = (head[0].Item2, head[1].Item2);
        var weight = _files.Of($"{Head}.weight");
        var adapter = _files.Adapter("q_proj,lm_head", [.. pairs, .. head, ($"{Head}.base_layer.weight", weight)]);

        Assert.Equal(
            Expected(pairs, ($"{Head}.weight", weight + (2 * b.matmul(a)))),
            AdapterFiles.Tokens(_files.Base, adapter));
    }

    [Theory]
    [InlineData("q_proj,embed_tokens", 4, false, 2.0, false)]
    [InlineData("q_proj,embed_tokens", 4, true, 4.0, false)]
    [InlineData("q_proj,embed_tokens", 2, false, 4.0, false)]
    [InlineData("q_proj,model.embed_tokens", 4, false, 2.0, true)]
    [InlineData(".*(q_proj|embed_tokens)", 4, false, 2.0, false)]
    public void Generate_AdapterOfTheEmbedding_IsComputed(
        string targets, int rank, bool rslora, double scaling, bool savesBase)
    {
        var (pairs, embedding) = (_files.Pairs("self_attn.q_proj"), _files.Of($"{Embed}.weight"));
        var (a, b) = EmbeddingPair(rank, embedding);
        var adapter = _files.Adapter(
            targets,
            [.. pairs, .. Named(a, b), .. savesBase ? [($"{Embed}.base_layer.weight", embedding)] : Nothing],
            json =>
            {
                json["rank_pattern"] = new System.Text.Json.Nodes.JsonObject { ["embed_tokens"] = rank };
                json["use_rslora"] = rslora;
            });

        var tokens = AdapterFiles.Tokens(_files.Base, adapter);

        var changed = ($"{Embed}.weight", AdapterFiles.Embedding(embedding, a, b, scaling));
        Assert.Equal(Expected(pairs, changed, rslora), tokens);
        Assert.NotEqual(AdapterFiles.Tokens(_files.Base, _files.Adapter("q_proj", pairs)), tokens);
    }

    /// <summary>Names as in a file, and as in a state dict, in which the adapter's own name stands.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(".default")]
    [InlineData(".default.weight")]
    [InlineData(".weight")]
    public void Generate_AdapterOfTheEmbeddingAlone_IsComputed(string end)
    {
        var embedding = _files.Of($"{Embed}.weight");
        var (a, b) = EmbeddingPair(4, embedding);
        var adapter = _files.Adapter(
            "embed_tokens",
            [.. Named(a, b).Select(named => (named.Item1 + end, named.Item2)),
                ($"{Embed}.base_layer.weight", embedding)]);

        var tokens = AdapterFiles.Tokens(_files.Base, adapter);

        var changed = ($"{Embed}.weight", AdapterFiles.Embedding(embedding, a, b, 2));
        Assert.Equal(AdapterFiles.Tokens(_files.Changed([changed])), tokens);
        Assert.NotEqual(AdapterFiles.Tokens(_files.Base), tokens);
        var run = CliRun.Of(
            "extract", "--keep_adapter", "--model_name_or_path", _files.Base, "--lora_weights", adapter,
            "--output_dir", _folder.Path("kept"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("the embedding's alone", run.Error, StringComparison.Ordinal);
    }

    /// <summary>PEFT makes no such layer then, and ignores the tensors.</summary>
    [Fact]
    public void Generate_AdapterOfAnEmbeddingThatIsNoTarget_IsRefused()
    {
        var (a, b) = EmbeddingPair(4, _files.Of($"{Embed}.weight"));
        var adapter = _files.Adapter("q_proj", [.. _files.Pairs("self_attn.q_proj"), .. Named(a, b)]);

        var run = AdapterFiles.Generate(_files.Base, adapter);

        ErrorTable.Require("adapter of an embedding that is no target", run.ExitCode, run.Error);
        Assert.Contains("lora_embedding_A' adapts the embedding", run.Error, StringComparison.Ordinal);
        Assert.Contains("lora_embedding_B' adapts the embedding", run.Error, StringComparison.Ordinal);
    }

    /// <summary>The same names with and without PEFT's start, while one that is needed is not there.</summary>
    [Fact]
    public void Generate_NamesWithAndWithoutTheStart_NamesBoth()
    {
        var pairs = _files.Pairs("self_attn.q_proj");
        var adapter = _files.Adapter("q_proj", []);
        SafetensorsWriter.Save(
            Path.Combine(adapter, PeftFolder.WeightsFile),
            [.. pairs.Skip(1).Select(pair => ($"base_model.model.{pair.Item1}", pair.Item2)), .. pairs]);

        var run = AdapterFiles.Generate(_files.Base, adapter);

        ErrorTable.Require("several adapters in one file", run.ExitCode, run.Error);
        Assert.Contains("'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight'", run.Error,
            StringComparison.Ordinal);
        Assert.Contains("'model.layers.0.self_attn.q_proj.lora_B.weight'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_TiedModel_BothMatricesAreTheEmbedding()
    {
        var files = new AdapterFiles("llama-gqa-tiny", _folder);
        var matrix = files.Random(files.Of($"{Embed}.weight").shape);
        var pairs = files.Pairs("self_attn.q_proj");

        Assert.Equal(
            AdapterFiles.Tokens(files.Changed([($"{Embed}.weight", matrix)]), files.Adapter("q_proj", pairs)),
            AdapterFiles.Tokens(files.Base, files.Adapter(
                "q_proj", [.. pairs, ($"{Embed}.weight", matrix), ($"{Head}.weight", matrix)])));
    }

    /// <summary>The adapter is the embedding's alone; the head goes on with the matrix that both had.</summary>
    [Fact]
    public void Generate_TiedModelWithAdapterOfTheEmbedding_KeepsTheHead()
    {
        var files = new AdapterFiles("llama-gqa-tiny", _folder);
        var (pairs, embedding) = (files.Pairs("self_attn.q_proj"), files.Of($"{Embed}.weight"));
        var (a, b) = EmbeddingPair(4, embedding);
        var untied = files.Changed(
            [($"{Embed}.weight", AdapterFiles.Embedding(embedding, a, b, 2)), ($"{Head}.weight", embedding)],
            config => config["tie_word_embeddings"] = false);

        var adapter = files.Adapter("q_proj,embed_tokens", [.. pairs, .. Named(a, b)]);

        Assert.Equal(
            AdapterFiles.Tokens(untied, files.Adapter("q_proj", pairs)), AdapterFiles.Tokens(files.Base, adapter));
        var run = CliRun.Of(
            "merge", "--model_name_or_path", files.Base, "--lora_weights", adapter, "--output_dir", _folder.Path("m"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("one model can't hold both", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("merge")]
    [InlineData("extract")]
    [InlineData("keep")]
    [InlineData("peft")]
    public void Write_AdapterOfEmbeddingAndHead_AnswersAsBefore(string how)
    {
        var embedding = _files.Of($"{Embed}.weight");
        var (a, b) = EmbeddingPair(4, embedding);
        var adapter = _files.Adapter(
            "q_proj,embed_tokens",
            [.. _files.Pairs("self_attn.q_proj"), .. Named(a, b),
                ($"{Head}.weight", _files.Random(_files.Of($"{Head}.weight").shape))]);
        var output = _folder.Path("written");

        var run = CliRun.Of(
        [
            how is "peft" ? "export" : how is "keep" ? "extract" : how, "--model_name_or_path", _files.Base,
            "--lora_weights", adapter,
            .. how is "peft" ? ["--to", "peft", "--output", output] : new[] { "--output_dir", output },
            .. how is "keep" ? ["--keep_adapter"] : Array.Empty<string>(),
        ]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            how is "extract",
            run.Error.Contains("nothing of the base is cut: the adapter has no", StringComparison.Ordinal));
        Assert.Equal(
            AdapterFiles.Tokens(_files.Base, adapter),
            how is "peft" ? AdapterFiles.Tokens(_files.Base, output)
                : AdapterFiles.Tokens(output, how is "keep" ? Path.Combine(output, "adapter") : null));
        if (how is "keep")
        {
            var config = JsonInput.Load(Path.Combine(output, "adapter", "adapter_config.json"), "adapter");
            Assert.Equal(output, config.GetProperty("base_model_name_or_path").GetString());
            Assert.Contains("AutoPeftModelForCausalLM", File.ReadAllText(Path.Combine(output, "README.md")),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Export_GgufAdapterOfTheEmbedding_IsRefusedWithTheWayThatWorks()
    {
        var (a, b) = EmbeddingPair(4, _files.Of($"{Embed}.weight"));
        var adapter = _files.Adapter("q_proj,embed_tokens", [.. _files.Pairs("self_attn.q_proj"), .. Named(a, b)]);

        var run = CliRun.Of(
            "export", "--to", "gguf-lora", "--model_name_or_path", _files.Base, "--lora_weights", adapter, "--output",
            _folder.Path("a.gguf"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("export the merged model instead", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Going on would leave the embedding's adapter as it is, without a word.</summary>
    [Fact]
    public void TrainingRun_AdapterOfTheEmbedding_IsRefused()
    {
        var (a, b) = EmbeddingPair(4, _files.Of($"{Embed}.weight"));
        using var model = ElasticModel.Open(new OpenOptions
        {
            Model = _files.Base,
            Adapter = _files.Adapter("q_proj,embed_tokens", [.. _files.Pairs("self_attn.q_proj"), .. Named(a, b)]),
            NeedsTokenizer = false,
            Device = "cpu",
        });

        var error = Assert.Throws<InvalidDataException>(() => new TrainingRun(model, null!, new TrainingOptions()));

        Assert.Contains("adapts the embedding too", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// What is saved again is what was read: the matrices and the embedding's adapter stay beside it.
    /// </summary>
    [Fact]
    public void Save_AdapterWithExtras_AnswersAsBefore()
    {
        var (a, b) = EmbeddingPair(4, _files.Of($"{Embed}.weight"));
        var adapter = _files.Adapter(
            "q_proj,embed_tokens,lm_head",
            [.. _files.Pairs("self_attn.q_proj"), .. Named(a, b), .. _files.Pair(Head),
                ($"{Head}.base_layer.weight", _files.Random(320, 64))]);
        using (var model = ElasticModel.Open(new OpenOptions
        {
            Model = _files.Base,
            Adapter = adapter,
            NeedsTokenizer = false,
            Device = "cpu",
        }))
        {
            model.Save(_folder.Path("again"));
        }

        Assert.Equal(
            AdapterFiles.Tokens(_files.Base, adapter), AdapterFiles.Tokens(_files.Base, _folder.Path("again")));
        using var before = SafetensorsFile.Open(Path.Combine(adapter, PeftFolder.WeightsFile));
        using var after = SafetensorsFile.Open(_folder.Path("again", PeftFolder.WeightsFile));
        Assert.Equal(before.Names.Order(), after.Names.Order());
    }

    [Theory]
    [InlineData("half", "embed_tokens.lora_embedding_B' is missing")]
    [InlineData("wide", "lora_embedding_A' has shape [4, 321]; expected [4, 320]")]
    [InlineData("thin", "embed_tokens.weight' has shape [320, 63]; expected [320, 64]")]
    [InlineData("other", "model.norm.weight' has no place in the model")]
    [InlineData("tied", "lm_head.lora_A.weight' is of a head of its own")]
    public void Generate_ExtraThatDoesNotFit_IsNamed(string what, string message)
    {
        var files = new AdapterFiles(what == "tied" ? "llama-gqa-tiny" : "llama-tiny", _folder);
        var (a, b) = EmbeddingPair(4, _files.Of($"{Embed}.weight"));
        (string, Tensor)[] extra = what switch
        {
            "half" => [Named(a, b)[0]],
            "wide" => Named(files.Random(4, 321), b),
            "thin" => [($"{Embed}.weight", files.Random(320, 63))],
            "other" => [("model.norm.weight", files.Random(64))],
            _ => [($"{Head}.lora_A.weight", files.Random(4, 64)), ($"{Head}.lora_B.weight", files.Random(320, 4))],
        };
        var targets = what is "half" or "wide" ? "q_proj,embed_tokens" : what is "tied" ? "q_proj,lm_head" : "q_proj";

        var adapter = files.Adapter(targets, [.. files.Pairs("self_attn.q_proj"), .. extra]);
        var run = AdapterFiles.Generate(files.Base, adapter);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static (string, Tensor)[] Nothing => [];

    private static (string, Tensor)[] Named(Tensor a, Tensor b) =>
        [($"{Embed}.lora_embedding_A", a), ($"{Embed}.lora_embedding_B", b)];

    private (Tensor A, Tensor B) EmbeddingPair(int rank, Tensor embedding) =>
        (_files.Random(rank, embedding.shape[0]), _files.Random(embedding.shape[1], rank));

    /// <summary>
    /// The answer of a base with a matrix in place of its own, with the adapter of the linears alone.
    /// </summary>
    private string Expected((string, Tensor)[] pairs, (string, Tensor) matrix, bool rslora = false) =>
        AdapterFiles.Tokens(
            _files.Changed([matrix]), _files.Adapter("q_proj", pairs, json => json["use_rslora"] = rslora));
}
