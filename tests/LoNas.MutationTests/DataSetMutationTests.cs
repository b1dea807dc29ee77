using LoNas.Data;
using LoNas.MutationTests.Mutations;

namespace LoNas.MutationTests;

public sealed class DataSetMutationTests : IDisposable
{
    private const string Array = """
        [{"instruction": "What is 2 + 3?", "input": "", "output": "It is 5.", "answer": "5"},
         {"instruction": "é你🙂 \u00e9", "input": "more", "output": "4.5", "answer": 4.5, "other": {"a": [1, 2]}},
         {"instruction": "Is it?", "output": "yes", "answer": true}]
        """;

    private const string Lines = """
        {"instruction": "What is 2 + 3?", "input": null, "output": "It is 5.", "answer": "5"}
        {"instruction": "And more?", "input": "", "output": "7", "answer": 7}

        {"instruction": "Is it?", "output": "yes", "answer": false}
        """;

    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_DamagedRecords_LoadsOrGivesOneClearError() => new MutationRun("data sets").Check(
    [
        Sample("array", Array, isTestSet: false), Sample("lines", Lines, isTestSet: false),
        Sample("test", Array, isTestSet: true),
        Sample("test-lines", Lines, isTestSet: true),
    ]);

    private Sample Sample(string name, string text, bool isTestSet) => new(
        _folder.File(name, "data.json"), new JsonMutator(text).Mutate,
        path => InstructionDataset.Load(path, isTestSet));
}
