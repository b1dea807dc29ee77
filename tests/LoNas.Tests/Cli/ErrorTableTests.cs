using System.Text.RegularExpressions;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli;

/// <summary>
/// The table of docs/errors.md: each row is bad input of <see cref="ErrorCases"/>, or of a test elsewhere that is named here,
/// and ends with the message that the row gives.
/// </summary>
public sealed partial class ErrorTableTests
{
    /// <summary>Rows that need more than a line: a trained adapter, a search, another process.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["ranges in the weights"] = $"{nameof(BadInputTests)}.{nameof(BadInputTests.Run_OverlappingRanges_NamesTheTensors)}",
        ["pickle that calls something"] = $"{nameof(BadInputTests)}.{nameof(BadInputTests.Run_PickleThatCallsAProgram_RunsNothing)}",
        ["configuration and trained adapter disagree"] =
            $"{nameof(BadInputTests)}.{nameof(BadInputTests.Run_ConfigurationThatDisagreesWithTheAdapters_IsRefused)}",
        ["sub-adapter file"] =
            $"{nameof(BadInputTests)}.{nameof(BadInputTests.Run_UnknownWidthInSubAdapterFile_NamesGroupWidthAndList)}",
        ["journal of another search"] =
            $"{nameof(SearchResumeTests)}.{nameof(SearchResumeTests.Run_JournalOfAnotherSearch_NamesTheDifference)}",
        ["loss that is no number"] =
            $"{nameof(SearchErrorTests)}.{nameof(SearchErrorTests.Run_LossThatIsNoNumber_IsNamed)}",
        ["front in place of a sub-adapter"] =
            $"{nameof(SearchErrorTests)}.{nameof(SearchErrorTests.Run_FrontWithoutThatEntry_IsNamed)}",
        ["front without that entry"] = $"{nameof(SearchErrorTests)}.{nameof(SearchErrorTests.Run_FrontWithoutThatEntry_IsNamed)}",
        ["no sub-adapter within the limits"] =
            $"{nameof(SearchErrorTests)}.{nameof(SearchErrorTests.Run_NoEntryWithinTheLimits_IsNamed)}",
        ["another test is under way in the folder"] =
            $"{nameof(ResumedTestTests)}.{nameof(ResumedTestTests.Run_AnotherTestUnderWay_IsRefusedByNameUnlessOverwritten)}",
        ["checkpoint damaged"] =
            $"{nameof(ResumedTrainingTests)}.{nameof(ResumedTrainingTests.Run_NewestCheckpointDamaged_IsNamedAndTheOneBeforeUsed)}",
        ["optimiser state of another version"] =
            $"{nameof(Training.OptimizerFileTests)}.{nameof(Training.OptimizerFileTests.Read_EarlierOrLaterLayout_SaysWhatToDo)}",
        ["numbers that are not finite"] =
            $"{nameof(ResumedTrainingTests)}.{nameof(ResumedTrainingTests.Run_LossIsNeverFinite_StopsWithTheRecordsOfTheFile)}",
        ["output folder in use"] =
            $"{nameof(FolderLockTests)}.{nameof(FolderLockTests.Run_FolderHeld_EveryCommandIsRefusedAndWritesNothing)}",
        ["too little memory foretold"] =
            $"{nameof(ResourceTests)}.{nameof(ResourceTests.Require_NeedAgainstFree_RefusedOrWarned)}",
        ["too little disk foretold"] =
            $"{nameof(ResourceTests)}.{nameof(ResourceTests.Require_NeedAgainstFree_RefusedOrWarned)}",
        ["disk full"] = $"{nameof(ResourceTests)}.{nameof(ResourceTests.Run_WriteFails_SaysWhatToDo)}",
        ["memory used up"] = $"{nameof(ResourceTests)}.{nameof(ResourceTests.Run_LibtorchHasNoMemory_SaysWhatToDo)}",
    };

    /// <summary>Rows whose message no test asks the whole command line for yet.</summary>
    private static readonly string[] Open =
    [
        "latency table of another model or machine set-up", "weights that don't hold",
        "record that lacks a key of the template", "task file without training records", "GGUF of an unknown tokenizer",
        "GGUF with a larger tokenizer than the model", "accuracy that rules nothing out",
        "extracted model that is not the masked one",
    ];

    public static TheoryData<string> Names => [.. ErrorCases.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_BadInput_GivesTheRowsMessageAndCode(string name)
    {
        var row = Assert.Single(Rows(), row => row.Name == name);
        using var sample = new SampleRun();

        var run = CliRun.Of(ErrorCases.All[name](sample));

        Assert.Equal(row.Code, run.ExitCode);
        Assert.StartsWith("error: ", run.Error);
        Assert.True(
            row.Messages.Any(message => Pattern(message).IsMatch(run.Error)),
            $"{run.Error}\nis none of\n{string.Join('\n', row.Messages)}");
    }

    [Fact]
    public void Table_EveryRow_HasItsTest()
    {
        var rows = Rows().Select(row => row.Name).ToArray();

        Assert.Equal(rows.Length, rows.Distinct().Count());
        Assert.Empty(rows.Except(ErrorCases.All.Keys).Except(Elsewhere.Keys).Except(Open));
        Assert.Empty(Elsewhere.Keys.Except(rows));
    }

    private static IEnumerable<(string Name, string[] Messages, int Code)> Rows() =>
        from line in File.ReadLines(Path.Combine(Repository.Root, "docs", "errors.md")).SkipWhile(line => !line.StartsWith("## What", StringComparison.Ordinal))
        let cells = line.Split(" | ", 2)
        where cells.Length == 2 && line.StartsWith("| ", StringComparison.Ordinal) && !cells[0].Contains("---") && cells[0] != "| what is wrong"
        let code = CodeOf().Match(cells[1])
        select (
            cells[0][2..].Trim(),
            Message().Matches(cells[1]).Select(match => match.Groups[1].Value).ToArray(),
            code.Success ? int.Parse(code.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 2);

    /// <summary>The fixed words of a message: names, numbers and what <c>...</c> stands for are the example's own.</summary>
    private static Regex Pattern(string message) => new(
        Example().Replace(Regex.Escape(message), ".*?"), RegexOptions.Singleline);

    [GeneratedRegex("``(.+?)``")]
    private static partial Regex Message();

    [GeneratedRegex(@"exit code (\d+)")]
    private static partial Regex CodeOf();

    [GeneratedRegex(@"'[^']*'(?!s)|\\\.\\\.\\\.|-?[0-9]+(\\\.[0-9]+)?|\\\[[^\]]*\]")]
    private static partial Regex Example();
}
