using System.Diagnostics;
using System.Text.Json;
using LoNas.Storage;
using LoNas.Tests.Export;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Cli.Extract;

/// <summary>The command <c>extract</c>: what it writes and says, and that its output is absent or complete.</summary>
public sealed class ExtractTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    [Fact]
    public void Extract_HeuristicOfLlama_FolderThatGenerateAndInspectLoad()
    {
        var run = CliRun.Of(Line());

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("largest logit difference", run.Output, StringComparison.Ordinal);
        Assert.Contains("MLP width: 132 in every layer", run.Output, StringComparison.Ordinal);
        var inspected = CliRun.Of("inspect", "--model_name_or_path", Output, "--json");
        Assert.Equal(124_736,
            JsonInput.Parse(inspected.Output, "test").GetProperty("maximal").GetProperty("total_params").GetInt64());
        Assert.Contains("124,736", File.ReadAllText(Path.Combine(Output, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_Json_OneObjectAndNothingElse()
    {
        var run = CliRun.Of(Line("--json", "--dtype", "bf16", "--max_shard_size", "100KB"));

        var json = JsonInput.Parse(run.Output, "test");
        Assert.Equal(JsonValueKind.Object, json.ValueKind);
        Assert.Equal(124_736, json.GetProperty("result").GetProperty("total_params").GetInt64());
        Assert.InRange(json.GetProperty("relative_logit_difference").GetDouble(), 1e-6, 5e-2);
        Assert.True(File.Exists(Path.Combine(Output, "model.safetensors.index.json")));
    }

    [Theory]
    [InlineData("--merge and --keep_adapter exclude", "--merge", "--keep_adapter")]
    [InlineData("merge it", "--pad_to_uniform", "--keep_adapter")]
    [InlineData("allowed: float32", "--dtype", "int8")]
    [InlineData("such as 5GB", "--max_shard_size", "lots")]
    public void Extract_BadOptions_OneMessage(string part, params string[] options)
    {
        var run = CliRun.Of(Line(options));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void Extract_WritesFailHalfWay_NothingIsLeft()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell's limit of file sizes");
        // 200 blocks of 1 KiB: the weights need 500. Ignoring the signal makes the write fail as on a full disk; the
        // runtime's own mapping of its code would be over the limit too.
        var run = Shell($"trap '' XFSZ; ulimit -f 200; export DOTNET_EnableWriteXorExecute=0; exec {CommandLine()}");

        Assert.InRange(run.ExitCode, 1, 2);
        Assert.Contains("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("too large", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(150)]
    public void Extract_Killed_OutputIsAbsentOrComplete(int milliseconds)
    {
        using var scope = NewDisposeScope();
        using var process = Start(Line("--max_shard_size", "1KB", "--no_verify"));
        var partial = $"{Path.GetFileName(Output)}.*.partial";
        while (!process.HasExited && Directory.GetDirectories(_folder.Root, partial).Length == 0)
        {
            Thread.Sleep(1);
        }

        Thread.Sleep(milliseconds);
        process.Kill();
        process.WaitForExit();

        if (Directory.Exists(Output))
        {
            TinySource.Logits(Output);
        }
        else
        {
            // The next run takes away what was left, and ends as if nothing had been.
            Assert.Equal(0, CliRun.Of(Line()).ExitCode);
            Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Root));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void ExportGguf_Killed_FileIsAbsentOrComplete(int milliseconds)
    {
        string[] line =
            ["export", "--to", "gguf", "--model_name_or_path", SampleRun.Model, "--output", Output, "--threads", "1",
                "--no_verify"];
        using var process = Start(line);
        while (!process.HasExited && Directory.GetFiles(_folder.Root, $"{Path.GetFileName(Output)}.*.tmp").Length == 0)
        {
            Thread.Sleep(1);
        }

        Thread.Sleep(milliseconds);
        process.Kill();
        process.WaitForExit();

        bool isThere = File.Exists(Output);
        var first = isThere ? File.ReadAllBytes(Output) : null;
        Assert.Equal(0, CliRun.Of([.. line, "--overwrite"]).ExitCode);
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Root));
        Assert.Equal(File.ReadAllBytes(Output), first ?? File.ReadAllBytes(Output));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Line(params string[] more) =>
    [
        "extract", "--model_name_or_path", Repository.Fixture("llama-tiny"),
        "--lora_weights", TinyFamilies.AdapterFolder("llama"),
        "--nncf_config", Repository.Fixture("nncf_llama_tiny.json"),
        "--sub_adapter", "heuristic", "--output_dir", Output, "--threads", "1", .. more,
    ];

    private string CommandLine() => string.Join(' ', Program().Concat(Line()).Select(argument => $"'{argument}'"));

    private static string[] Program() =>
        [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            Path.Combine(AppContext.BaseDirectory, "LoNas.Cli.dll")];

    private static Process Start(string[] line)
    {
        var program = Program();
        return Process.Start(new ProcessStartInfo(program[0], [program[1], .. line])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static CliRun Shell(string script)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CliRun(process.ExitCode, output, error.Result);
    }
}
