using System.Text.Json;
using LoNas.Export.Extraction;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Export;

/// <summary>
/// Runs extracted models of trained sub-adapters, whose layers have different widths, in this program.
/// </summary>
public sealed class ExtractedGreedyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    [Fact]
    public void Extract_TrainedHeuristicOfStories_SameGreedyTokensAsTheMaskedModel()
    {
        using var trained = TrainedUneven.Stories();
        var prompt = trained.Prompt;
        var masked = trained.MaskedGreedy("heuristic", prompt, 64);
        Assert.NotEqual(TrainedUneven.Greedy(trained.Source("heuristic").Model, prompt, 64), masked);

        var report = ExportRuns.Extract(trained.Source("heuristic"), new ExtractionOptions { OutputDir = Output });

        Assert.Equal(report.MlpWidths.Count, report.MlpWidths.Distinct().Count());
        Assert.Equal(masked, TrainedUneven.Greedy(Output, prompt, 64));
    }

    [Fact]
    public void Commands_OnAnExtractedFolderOfUnevenWidths_Work()
    {
        using var trained = TrainedUneven.Sample();
        using var sample = new SampleRun();
        var report = ExportRuns.Extract(trained.Source("heuristic"), new ExtractionOptions { OutputDir = Output });
        Assert.True(report.MlpWidths.Distinct().Count() > 1);

        var inspected = JsonInput.Parse(Run("inspect", "--model_name_or_path", Output, "--json"), "test");
        Assert.Equal(
            report.Result.TotalParameters,
            inspected.GetProperty("maximal").GetProperty("total_params").GetInt64());
        var ids = trained.Prompt;
        var generated = Run(
            "generate", "--model_name_or_path", Output, "--input_ids", string.Join(',', ids), "--max_new_tokens", "8",
            "--threads", "1");
        // It may end early, since the folder has an end token.
        int[] tokens = [.. generated.Trim().Split(',').Select(int.Parse).Skip(ids.Length)];
        Assert.NotEmpty(tokens);
        Assert.Equal(trained.MaskedGreedy("heuristic", ids, 8).Take(tokens.Length), tokens);
        var evaluated = JsonInput.Parse(
            Run(
                "evaluate", "--model_name_or_path", Output, "--datasets_dir", sample.Datasets, "--tasks", "mawps",
                "--limit", "1", "--max_new_tokens", "4", "--threads", "1", "--json"),
            "test");
        Assert.Equal(JsonValueKind.Array, evaluated.GetProperty("tasks").ValueKind);
        Assert.Equal(report.Result.TotalParameters, evaluated.GetProperty("total_params").GetInt64());
        MeasuresOutput();
    }

    [Fact]
    public void Commands_OnAnExtractedBloomWithATokenizer_Work()
    {
        using var sample = new SampleRun();
        using var tokenizer = new TinyTokenizer(["a", "b"]);
        var source = TinySource.Of("bloom", "uneven", _folder);
        var baseFolder = Directory.CreateDirectory(_folder.Path("base")).FullName;
        foreach (var file in Directory.GetFiles(source.Model).Concat(Directory.GetFiles(tokenizer.Folder)))
        {
            File.Copy(file, Path.Combine(baseFolder, Path.GetFileName(file)));
        }

        var report = ExportRuns.Extract(
            source with { Model = baseFolder }, new ExtractionOptions { OutputDir = Output });

        var evaluated = JsonInput.Parse(
            Run(
                "evaluate", "--model_name_or_path", Output, "--datasets_dir", sample.Datasets, "--tasks", "mawps",
                "--limit", "1", "--max_new_tokens", "2", "--threads", "1", "--json"),
            "test");
        Assert.Equal(report.Result.TotalParameters, evaluated.GetProperty("total_params").GetInt64());
        MeasuresOutput();
    }

    [Theory]
    [InlineData("bloom", "uneven")]
    [InlineData("bloom", "minimal")]
    [InlineData("bert", "uneven")]
    [InlineData("bert", "minimal")]
    public void Inspect_OnAnExtractedFolder_CountsWhatIsLeft(string family, string subAdapter)
    {
        var report = ExportRuns.Extract(
            TinySource.Of(family, subAdapter, _folder), new ExtractionOptions { OutputDir = Output });

        var inspected = JsonInput.Parse(Run("inspect", "--model_name_or_path", Output, "--json"), "test");

        var counted = inspected.GetProperty("maximal");
        Assert.Equal(report.Result.TotalParameters, counted.GetProperty("total_params").GetInt64());
        Assert.Equal(report.Result.Weights, counted.GetProperty("weights").GetInt64());
    }

    [Fact]
    public void Generate_OnAnExtractedBloom_Works()
    {
        ExportRuns.Extract(TinySource.Of("bloom", "uneven", _folder), new ExtractionOptions { OutputDir = Output });

        var output = Run(
            "generate", "--model_name_or_path", Output, "--input_ids", "5,17,9", "--max_new_tokens", "3", "--threads",
            "1");

        Assert.Matches(@"^5,17,9(,\d+){1,3}\r?\n$", output);
    }

    public void Dispose() => _folder.Dispose();

    private void MeasuresOutput()
    {
        var measured = JsonInput.Parse(
            Run(
                "bench", "generate", "--model_name_or_path", Output, "--dtypes", "float32", "--prompts", "2",
                "--min_prompt_length", "4", "--max_prompt_length", "8", "--max_new_tokens", "3", "--threads", "1",
                "--json"),
            "test");
        Assert.True(measured.GetProperty("float32").GetProperty("ids_identical").GetBoolean());
    }

    private static string Run(params string[] line)
    {
        var run = SampleRun.Run(line);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }
}
