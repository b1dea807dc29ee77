using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Inputs that never begin or never end: pipes, devices, sockets, and a hub that is silent.</summary>
public sealed class EndlessInputTests : IDisposable
{
    private readonly SampleRun _sample = new(trainingRecords: 16);

    /// <summary>Files of a line; PATH stands for the pipe or device.</summary>
    public static TheoryData<string, string[]> Flags => new()
    {
        { "data set", ["run-math", "--do_train", "--lora", "--dataset_path", "PATH"] },
        { "NNCF configuration", ["inspect", "--nncf_config", "PATH"] },
        { "task file", ["run-math", "--do_train", "--lora", "--task_file", "PATH.json"] },
        { "options file", ["run-math", "PATH.json"] },
        { "adapter configuration", ["generate", "--prompt", "a", "--lora_weights", "adapter_config.json"] },
        { "model configuration", ["generate", "--prompt", "a", "--model_name_or_path", "config.json"] },
        { "model configuration", ["inspect", "--model_name_or_path", "config.json"] },
        { "safetensors file", ["generate", "--prompt", "a", "--model_name_or_path", "model.safetensors"] },
        { "tokenizer", ["generate", "--prompt", "a", "--model_name_or_path", "tokenizer.model"] },
        { "tokenizer configuration", ["generate", "--prompt", "a", "--model_name_or_path", "tokenizer_config.json"] },
        { "weight index", ["generate", "--prompt", "a", "--model_name_or_path", "model.safetensors.index.json"] },
    };

    public void Dispose() => _sample.Dispose();

    [Theory]
    [MemberData(nameof(Flags))]
    public void Run_PipeByALink_IsRefusedAtOnce(string purpose, string[] line)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs pipes with names");

        var run = Run(line, Pipe());

        ErrorTable.Require("pipe or device in place of a file", run.ExitCode, run.Error);
        Assert.Contains($"The {purpose} '", run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("is a pipe, such as", run.Error);
    }

    [Theory]
    [InlineData("/dev/zero", "is a device")]
    [InlineData("/dev/null", "is a device")]
    [InlineData("SOCKET", "is a socket")]
    [InlineData("FOLDER", "is a folder; expected a file")]
    public void Run_OtherThingsThanFiles_AreNamed(string path, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs devices with names");
        var place = Path.Combine(_sample.Folder, "thing");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (path == "SOCKET")
        {
            socket.Bind(new UnixDomainSocketEndPoint(place));
        }

        var link = Path.Combine(_sample.Folder, "link.json");
        File.CreateSymbolicLink(link, path switch
        {
            "SOCKET" => place,
            "FOLDER" => _sample.Datasets,
            _ => path,
        });

        var run = CliRun.Of(_sample.Training(("dataset_path", link)));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"The data set '{link}' {expected}", run.Error);
    }

    /// <summary>A journal and a checkpoint lie in a folder that the program itself wrote.</summary>
    [Fact]
    public void Run_PipeAmongFilesOfARun_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs pipes with names");
        Assert.Equal(0, SampleRun.Run(_sample.Training(("val_set_size", "4"))).ExitCode);
        var checkpoint = Directory.GetDirectories(_sample.Output, "checkpoint-*")[0];
        File.Delete(Path.Combine(checkpoint, "optimizer.bin"));
        File.CreateSymbolicLink(Path.Combine(checkpoint, "optimizer.bin"), Pipe());

        var resumed = CliRun.Of(_sample.Training(
            ("output_dir", $"{_sample.Output}2"), ("val_set_size", "4"), ("num_train_epochs", "2"),
            ("resume_from_checkpoint", checkpoint)));

        Assert.Equal(2, resumed.ExitCode);
        Assert.Contains("is damaged: optimizer.bin is a pipe, such as", resumed.Error);

        var cut = Path.Combine(_sample.Folder, "cut.json");
        File.CreateSymbolicLink(cut, Pipe());
        var generated = CliRun.Of(
            "generate", "--model_name_or_path", SampleRun.Model, "--lora_weights", _sample.Output, "--sub_adapter", cut,
            "--prompt", "a");
        Assert.Equal(2, generated.ExitCode);
        Assert.Contains($"The sub-adapter '{cut}' is a pipe, such as", generated.Error);

        var search = Path.Combine(_sample.Folder, "search");
        Directory.CreateDirectory(search);
        File.CreateSymbolicLink(Path.Combine(search, "search_journal.jsonl"), Pipe());

        var run = CliRun.Of(_sample.Testing(
            ("do_test", null), ("do_search", "True"), ("dataset_path", _sample.Dataset), ("output_dir", search),
            ("val_set_size", "4"), ("num_evals", "2"), ("population", "2")));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("search_journal.jsonl", run.Error);
        Assert.Contains("a pipe", run.Error);
    }

    [Theory]
    [InlineData("generate", "--prompt", "a")]
    [InlineData("inspect")]
    [InlineData("make-config", "--preset", "math")]
    [InlineData("merge", "--lora_weights", "x", "--output_dir", "o")]
    [InlineData("extract", "--dtype", "f16", "--output_dir", "o")]
    [InlineData("export", "--to", "gguf", "--output", "o")]
    [InlineData("evaluate", "--tasks", "mawps", "--datasets_dir", "SETS", "--output_dir", "o")]
    [InlineData("run-math", "--do_train", "--lora", "--output_dir", "o", "--dataset_path", "DATA")]
    public void Run_SilentHub_EndsInTime(params string[] line)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start(); // connections are made, and nobody reads them
        var clock = Stopwatch.StartNew();

        var run = CliProcess.Of(
            [.. Hub(silent)],
            [
                .. line.Select(part => part == "DATA" ? _sample.Dataset : part == "SETS" ? _sample.Datasets : part),
                "--model_name_or_path", "org/tiny",
                "--hub_timeout", "0.5",
            ]);

        ErrorTable.Require("hub that does not answer", run.ExitCode, run.Error);
        Assert.Contains("(no answer for 0.5 s)", run.Error);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.5, 60);
    }

    [Fact]
    public void Run_SilentHub_IsWaitedForAsTheEnvironmentSays()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        (string, string)[] Environment(string timeout) => [.. Hub(silent), ("HF_HUB_DOWNLOAD_TIMEOUT", timeout)];

        Assert.Contains("(no answer for 1 s)", CliProcess.Of(Environment("1"), Line).Error);
        Assert.Contains(
            "error: HF_HUB_DOWNLOAD_TIMEOUT is 'soon'; expected whole seconds",
            CliProcess.Of(Environment("soon"), Line).Error);
    }

    [Theory]
    [InlineData("--threads", "1000000", "--threads is 1000000; expected at most 1024")]
    [InlineData("--hub_timeout", "0", "--hub_timeout is 0; expected more than 0")]
    [InlineData("--hub_timeout", "1e9", "--hub_timeout is 1000000000; expected at most 86400")]
    [InlineData("--hub_timeout", "soon", "--hub_timeout is 'soon'; expected a number")]
    public void Run_ValueBeyondReason_IsRefused(string flag, string value, string expected)
    {
        var run = CliRun.Of("generate", "--model_name_or_path", SampleRun.Model, "--prompt", "a", flag, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error);
    }

    private (string, string)[] Hub(TcpListener silent) =>
    [
        ("HF_ENDPOINT", $"http://{silent.LocalEndpoint}"), ("HF_HOME", _sample.Folder), ("HF_HUB_OFFLINE", "0"),
        ("TRANSFORMERS_OFFLINE", "0"),
    ];

    private static string[] Line => ["inspect", "--model_name_or_path", "org/tiny"];

    private CliRun Run(string[] line, string pipe)
    {
        var link = Path.Combine(_sample.Folder, "link");
        File.CreateSymbolicLink(link, pipe);
        File.CreateSymbolicLink($"{link}.json", pipe);
        var args = line.Select(part => part switch
        {
            "PATH" => link,
            "PATH.json" => $"{link}.json",
            "adapter_config.json" => With(Directory.CreateDirectory(Path.Combine(_sample.Folder, "a")).FullName, part),
            "config.json" or "model.safetensors" or "tokenizer.model" or "tokenizer_config.json"
                or "model.safetensors.index.json" =>
                With(SampleRun.CopyOfModel(Path.Combine(_sample.Folder, "m")), part),
            _ => part,
        }).ToList();
        string[] needed = line[0] == "run-math" ? ["--output_dir", _sample.Output] : [];
        string[] model = line.Contains("--model_name_or_path") || line.Contains("PATH.json") && line.Length == 2
            ? []
            : ["--model_name_or_path", SampleRun.Model];
        return CliRun.Of([.. args, .. model, .. line.Length == 2 && line[0] == "run-math" ? [] : needed]);

        string With(string folder, string name)
        {
            File.Delete(Path.Combine(folder, name));
            if (name.EndsWith(".index.json", StringComparison.Ordinal))
            {
                File.Delete(Path.Combine(folder, "model.safetensors"));
            }

            File.CreateSymbolicLink(Path.Combine(folder, name), pipe);
            return folder;
        }
    }

    private string Pipe()
    {
        var path = Path.Combine(_sample.Folder, "pipe");
        if (!File.Exists(path))
        {
            using var process = Process.Start("mkfifo", path);
            process.WaitForExit();
        }

        return path;
    }
}
