using LoNas.Cli.Output;
using LoNas.Tests.Support;

namespace LoNas.Tests.Screens;

/// <summary>
/// What commands leave on terminals of three widths, as it is recorded, and what holds for every row.
/// </summary>
public sealed class RecordedScreenTests(ScreenFolder folder) : IClassFixture<ScreenFolder>
{
    public static TheoryData<string, int> All { get; } = new MatrixTheoryData<string, int>(
        [
            "inspect", "inspect-model", "inspect-exact", "make-config", "extract", "merge", "evaluate", "dry-run",
            "problems", "long-problem", "data",
        ],
        [40, 80, 120]);

    [Theory]
    [MemberData(nameof(All))]
    public void Screen_Line_IsAsRecorded(string name, int columns)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "screens are recorded with paths of Unix");
        var screen = Screen.Of(columns, Line(name, $"{name}-{columns}"));

        RowsFit(screen, columns);
        Assert.Equal(name.EndsWith("problem", StringComparison.Ordinal) || name == "problems" ? 2 : 0, screen.ExitCode);
        screen.IsAsRecorded(name, columns, folder.Root);
    }

    /// <summary>
    /// No row is longer than the terminal, but for a word that is, and for commands and JSON, which may be copied.
    /// </summary>
    internal static void RowsFit(Screen screen, int columns) => Assert.All(
        screen.Rows.Where(row => WrappedText.ColumnsOf(row) > columns),
        row => Assert.Matches(@"^ *([^ ']+|[^ ']*'[^']*'[^ ]*)$|^ *(\S*lonas|llama-cli|curl) |^ +""\w+"": ", row));

    private string[] Line(string name, string output) => name switch
    {
        "inspect" => [.. Inspect(), "--nncf_config", folder.Published()],
        "inspect-exact" => [.. Inspect(), "--nncf_config", folder.Published(), "--exact"],
        "inspect-model" => Inspect(),
        "make-config" =>
        [
            "make-config", "--model_name_or_path", folder.Llama7b(), "--preset", "math", "--output", folder.At(output),
        ],
        "extract" or "merge" =>
        [
            name, .. Tiny(), "--nncf_config", folder.Copy(Repository.Fixture("nncf_llama_tiny.json"), "tiny.json"),
            "--output_dir", folder.At(output), "--no_verify",
            "--threads", "1",
        ],
        "evaluate" =>
        [
            "evaluate", "--model_name_or_path", folder.Copy(SampleRun.Model, "sample"), "--tasks", "mawps,SVAMP",
            "--datasets_dir", Sets(), "--max_new_tokens", "2", "--threads", "1",
        ],
        "dry-run" =>
        [
            "run-math", "--dry_run", "--do_train", "--lora", "--nncf_config",
            folder.Copy(SampleRun.Configuration, "sample.json"), "--model_name_or_path",
            folder.Copy(SampleRun.Model, "sample"), "--dataset_path", Records("train.json"), "--val_set_size", "4",
            "--output_dir", folder.At(output), "--threads", "1",
        ],
        "problems" =>
        [
            "run-math", "--do_train", "--model_name_or_path", folder.At("sample"), "--lora_rank", "8",
            "--num_train_epochs", "-1", "--cutoff_len", "many", "--output_dir", folder.At(output),
        ],
        "data" => ["data", "math", "--dry_run", "--datasets_dir", folder.At("no sets yet")],
        _ =>
        [
            "evaluate", "--model_name_or_path", folder.At("sample"), "--tasks", "mawps", "--datasets_dir",
            folder.At("no such folder", "nor sets in it"),
        ],
    };

    private string[] Inspect() => ["inspect", "--model_name_or_path", folder.Llama7b()];

    private string[] Tiny() =>
    [
        "--model_name_or_path", folder.Copy(Repository.Fixture("llama-tiny"), "llama-tiny"),
        "--lora_weights", folder.Copy(TinyFamilies.AdapterFolder("llama"), "adapter"),
    ];

    private string Sets()
    {
        foreach (var set in new[] { "mawps", "SVAMP" })
        {
            Directory.CreateDirectory(folder.At("sets", set));
            File.Move(Records($"{Guid.NewGuid():N}.json"), folder.At("sets", set, "test.json"), overwrite: true);
        }

        return folder.At("sets");
    }

    private string Records(string name)
    {
        File.WriteAllText(folder.At(name), "[" + string.Join(',', Enumerable.Range(1, 12).Select(apples => $$"""
            {"instruction": "Tom has {{apples}} apples and buys 5. How many has he?", "input": "",
             "output": "{{apples}} + 5 = {{apples + 5}}. The answer is {{apples + 5}}.", "answer": "{{apples + 5}}"}
            """)) + "]");
        return folder.At(name);
    }
}
