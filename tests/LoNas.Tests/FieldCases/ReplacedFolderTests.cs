using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Folders that extract, merge and export write: kept, replaced whole, and never what is read.</summary>
public sealed class ReplacedFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Kinds => new()
    {
        { "extract", "model" }, { "merge", "model" }, { "export", "adapter" },
    };

    private string Out => _folder.Path("out");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Program_EarlierOutput_IsReplacedWholeIfOverwritten(string command, string kind)
    {
        Assert.Equal(0, CliRun.Of(Line(command)).ExitCode);
        var before = Contents(Out);
        var weights = Path.Combine(Out, kind == "model" ? "model.safetensors" : "adapter_model.safetensors");
        File.WriteAllText(weights, "old");
        if (kind == "model")
        {
            // A model of one file must not be mixed with the shards of another.
            File.WriteAllText(Path.Combine(Out, "model-00001-of-00002.safetensors"), "old");
        }

        var refused = CliRun.Of(Line(command));
        ErrorTable.Require("extract or merge into an existing folder", refused.ExitCode, refused.Error);
        Assert.Equal("old", File.ReadAllText(weights));

        Assert.Equal(0, CliRun.Of([.. Line(command), "--overwrite_output_dir"]).ExitCode);
        Assert.Equal(before.Keys.Order(), Contents(Out).Keys.Order());
        Assert.Equal(before[Path.GetFileName(weights)], Contents(Out)[Path.GetFileName(weights)]);
        Assert.Equal([Out], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("extract", "notes.txt")]
    [InlineData("extract", "adapter/notes.txt")]
    [InlineData("extract", "pytorch_model.bin")]
    [InlineData("merge", "lonas_run.json")]
    [InlineData("merge", ".git/config")]
    [InlineData("export", "lonas_run.json")]
    [InlineData("export", "checkpoint-4/adapter_config.json")]
    [InlineData("export", "adapter_model.bin")]
    public void Program_FolderWithOtherFiles_StaysEvenIfOverwritten(string command, string file)
    {
        Assert.Equal(0, CliRun.Of(Line(command)).ExitCode);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Out, file))!);
        File.WriteAllText(Path.Combine(Out, file), "precious");
        var before = Contents(Out);

        var run = CliRun.Of([.. Line(command), "--overwrite"]);

        ErrorTable.Require("folder with other files to be replaced", run.ExitCode, run.Error);
        Assert.Equal(before, Contents(Out));
    }

    /// <summary>All of its names are those of an extracted model, and its card is another's.</summary>
    [Fact]
    public void Extract_OverAModelFromElsewhere_Stays()
    {
        Directory.CreateDirectory(Out);
        File.Copy(Repository.Fixture("llama-tiny", "config.json"), Path.Combine(Out, "config.json"));
        File.WriteAllText(Path.Combine(Out, "README.md"), "# a model from elsewhere");

        var run = CliRun.Of([.. Line("extract"), "--overwrite"]);

        ErrorTable.Require("folder with other files to be replaced", run.ExitCode, run.Error);
        Assert.Equal(2, Contents(Out).Count);
    }

    [Theory]
    [InlineData("out", "out")]
    [InlineData("out", "link")]
    [InlineData("link", "out")]
    [InlineData("link", "link2")]
    [InlineData("out/.", "link/")]
    public void Extract_FolderThatIsRead_StaysEvenIfOverwritten(string model, string output)
    {
        Assert.Equal(0, CliRun.Of(Line("merge")).ExitCode);
        Directory.CreateSymbolicLink(_folder.Path("link"), Out);
        Directory.CreateSymbolicLink(_folder.Path("link2"), _folder.Path("link"));
        var before = Contents(Out);

        var run = CliRun.Of(
            "extract", "--model_name_or_path", _folder.Path(model), "--dtype", "f16", "--overwrite", "--output_dir",
            _folder.Path(output));

        ErrorTable.Require("output folder that is read", run.ExitCode, run.Error);
        Assert.Equal(before, Contents(Out));
    }

    [Fact]
    public void Merge_AdapterInTheFolderToBeReplaced_Stays()
    {
        Assert.Equal(0, CliRun.Of([.. Line("extract"), "--keep_adapter", "--sub_adapter", "maximal"]).ExitCode);
        var before = Contents(Out);

        var run = CliRun.Of(
            "merge", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--lora_weights",
            Path.Combine(Out, "adapter"), "--overwrite", "--output_dir", Out);

        ErrorTable.Require("output folder that is read", run.ExitCode, run.Error);
        Assert.Equal(before, Contents(Out));
    }

    [Fact]
    public void Extract_LinkToAnEarlierOutput_WritesWhatItLeadsTo()
    {
        Directory.CreateDirectory(_folder.Path("disk"));
        Directory.CreateSymbolicLink(Out, _folder.Path("disk"));

        Assert.Equal(0, CliRun.Of(Line("extract")).ExitCode);
        Assert.Equal(0, CliRun.Of([.. Line("extract"), "--overwrite"]).ExitCode);

        Assert.NotNull(new DirectoryInfo(Out).LinkTarget);
        Assert.True(File.Exists(_folder.Path("disk", "model.safetensors")));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Root).Length);
    }

    [Theory]
    [InlineData("extract")]
    [InlineData("merge")]
    [InlineData("export")]
    public void Program_FileInThePlaceOfTheFolder_Stays(string command)
    {
        File.WriteAllText(Out, "precious");

        var run = CliRun.Of([.. Line(command), "--overwrite"]);

        ErrorTable.Require("file in the place of an output folder", run.ExitCode, run.Error);
        Assert.Equal("precious", File.ReadAllText(Out));
    }

    [Fact]
    public void Write_KilledBetweenOldAndNew_GivesTheOldOneBack()
    {
        Directory.CreateDirectory(OutputLock.NewName(Out, OutputLock.Replaced));
        File.WriteAllText(
            Path.Combine(Directory.GetDirectories(_folder.Root).Single(), "file"), "old");

        Assert.Throws<ArgumentException>(() => AtomicFolder.Write(Out, _ => { }));

        Assert.Equal("old", File.ReadAllText(Path.Combine(Out, "file")));
        Assert.Equal([Out], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Extract_KilledWhileItReplaces_LeavesTheOldOneWholeAndNothingBesideTheNextTime()
    {
        string[] line = [.. Line("extract"), "--overwrite", "--max_shard_size", "1KB"];
        Assert.Equal(0, CliRun.Of(line).ExitCode);
        var before = Contents(Out);

        CliProcess.Kill(() => Directory.GetDirectories(_folder.Root, "out.*.partial").Length > 0, line);

        Assert.Equal(before, Contents(Out));
        Assert.Equal(0, CliRun.Of(line).ExitCode);
        Assert.Equal(before, Contents(Out));
        Assert.Equal([Out], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Write_FileThatComesMeanwhile_Stays()
    {
        Assert.Throws<ArgumentException>(() => AtomicFolder.Write(
            Out,
            folder =>
            {
                File.WriteAllText(Path.Combine(folder, "file"), "new");
                Directory.CreateDirectory(Out);
                File.WriteAllText(Path.Combine(Out, "notes.txt"), "precious");
            },
            folder => AtomicFolder.FirstOther(folder, name => name == "file")));

        Assert.Equal(["notes.txt"], Contents(Out).Keys);
        Assert.Equal([Out], Directory.GetFileSystemEntries(_folder.Root));
    }

    /// <summary>A file beside the model is none of it.</summary>
    [Fact]
    public void Export_GgufBesideTheModel_IsReplacedIfOverwritten()
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        string[] line =
        [
            "export", "--to", "gguf", "--model_name_or_path", model, "--output", Path.Combine(model, "m.gguf"),
            "--no_verify",
        ];
        Assert.Equal(0, CliRun.Of(line).ExitCode);
        Assert.Equal(2, CliRun.Of(line).ExitCode);

        var run = CliRun.Of([.. line, "--overwrite"]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("the model alone, no adapter was given", run.Output);
    }

    [Fact]
    public void Extract_WithoutAnAdapter_IsRefused()
    {
        var run = CliRun.Of("extract", "--model_name_or_path", SampleRun.Model, "--output_dir", Out);

        ErrorTable.Require("extract without an adapter", run.ExitCode, run.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("no adapter is given", "--dtype", "f16")]
    [InlineData("has no search space (--nncf_config)", "--lora_weights", "LORA")]
    [InlineData(
        "'widest' cuts ranks alone, or nothing",
        "--lora_weights", "LORA", "--nncf_config", "SPACE", "--sub_adapter", "FILE")]
    public void Extract_NothingCut_SaysSo(string why, params string[] more)
    {
        var run = CliRun.Of(
        [
            "extract", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--output_dir", Out,
            .. more.Select(Named),
        ]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("warning: nothing of the base is cut: ", run.Error);
        Assert.Contains(why, run.Error);
    }

    private string Named(string part) => part switch
    {
        "LORA" => TinyFamilies.AdapterFolder("llama"),
        "SPACE" => Repository.Fixture("nncf_llama_tiny.json"),
        "FILE" => Widest(),
        _ => part,
    };

    private string Widest()
    {
        var space = TinySearchSpace.Bind();
        File.WriteAllText(_folder.Path("widest.json"), space.ToJson(space.Maximal));
        return _folder.Path("widest.json");
    }

    private string[] Line(string command) =>
    [
        command, "--model_name_or_path", Repository.Fixture("llama-tiny"), "--lora_weights", Named("LORA"),
        "--nncf_config", Named("SPACE"), "--output_dir", Out, "--no_verify",
        .. command == "export" ? ["--to", "peft", "--sub_adapter", "maximal"] : Array.Empty<string>(),
    ];

    private static SortedDictionary<string, string> Contents(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(folder, file), file => Convert.ToBase64String(File.ReadAllBytes(file))));
}
