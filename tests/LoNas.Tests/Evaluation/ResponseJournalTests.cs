using System.Text.Json.Nodes;
using LoNas.Data;
using LoNas.Evaluation;

namespace LoNas.Tests.Evaluation;

public sealed class ResponseJournalTests : IDisposable
{
    private static readonly EvaluationTask Task = EvaluationTask.Math[1];

    private static readonly InstructionRecord[] Records =
        [.. Enumerable.Range(0, 5).Select(i => new InstructionRecord { Instruction = $"q{i}", Answer = $"{i}" })];

    private readonly string _folder = Directory.CreateTempSubdirectory("lonas-test-journal-").FullName;

    private string File => Path.Combine(_folder, "out", "test.partial.jsonl");

    [Fact]
    public void Run_StoppedThenRunAgain_AsksOnlyTheRestAndGivesTheSameResult()
    {
        var unbroken = ResponseJournal.Run(journal: null, Task, Records, Ask([]));
        using (var journal = Open())
        {
            Assert.Throws<OperationCanceledException>(
                () => ResponseJournal.Run(journal, Task, Records, Ask([], stopAfter: 3)));
        }

        var asked = new List<int>();
        var seen = new List<(string, bool)>();
        using var again = Open();
        Assert.Equal(3, again.Count);
        var result = ResponseJournal.Run(
            again, Task, Records, Ask(asked), (judged, wasKnown) => seen.Add((judged.Record.Instruction, wasKnown)));

        Assert.Equal(2, asked.Count);
        Assert.Equal(unbroken.Records, result.Records);
        Assert.Equal(5, seen.Count);
        Assert.Equal([true, true, true, false, false], seen.Select(entry => entry.Item2));
        again.Finish();
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public void Open_LastLineTorn_DropsItAndGoesOn()
    {
        using (var journal = Open())
        {
            ResponseJournal.Run(journal, Task, Records[..2], Ask([]));
        }

        var whole = System.IO.File.ReadAllText(File);
        System.IO.File.WriteAllText(File, whole[..^9]);

        using var again = Open();
        Assert.Equal(1, again.Count);
        ResponseJournal.Run(again, Task, Records[..2], Ask([]));
        Assert.Equal(whole, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void Open_KilledWhileTheFirstLineWasWritten_StartsAnew()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, "{\"model\":");

        using var journal = Open();

        Assert.Equal(0, journal.Count);
    }

    [Fact]
    public void Open_AnotherModel_IsRefusedByName()
    {
        Open().Dispose();

        var other = new JsonObject { ["model"] = "b" };
        var error = Assert.Throws<InvalidDataException>(() => ResponseJournal.Open(File, other));

        Assert.Contains("belongs to another test (model was \"a\" and is \"b\")", error.Message);
    }

    [Theory]
    [InlineData("not json", "is not valid JSON")]
    [InlineData("{\"set\": \"mawps\", \"record\": 1}", "line 2, holds no response")]
    [InlineData("{\"set\": 1, \"record\": 1, \"output_pred\": \"\", \"new_tokens\": 1}", "line 2, holds no response")]
    public void Open_DamagedLine_IsNamed(string line, string message)
    {
        Open().Dispose();
        System.IO.File.AppendAllText(File, line + "\n");

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Open().Dispose()).Message);
        // The file is not kept open after the refusal.
        System.IO.File.Delete(File);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ResponseJournal Open() => ResponseJournal.Open(File, new JsonObject { ["model"] = "a" });

    /// <summary>Answers the last record first, as a batch may do; every second answer is right.</summary>
    private static AskRecords Ask(List<int> asked, int stopAfter = int.MaxValue) => (task, records, report) =>
    {
        for (int i = records.Count - 1; i >= 0; i--)
        {
            if (asked.Count == stopAfter)
            {
                throw new OperationCanceledException();
            }

            int number = int.Parse(records[i].Answer);
            asked.Add(number);
            report(i, task.Judge(records[i], $"“{number % 2}” é 1,000\n{number - (number % 2)}", newTokens: number));
        }
    };
}
