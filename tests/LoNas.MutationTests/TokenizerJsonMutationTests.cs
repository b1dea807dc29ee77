using LoNas.MutationTests.Mutations;
using LoNas.Tests.Support;

namespace LoNas.MutationTests;

public sealed class TokenizerJsonMutationTests : IDisposable
{
    private static readonly string[] Kinds =
        [
            "bloom", "llama3", "flags", "llama-fast", "metaspace-fused", "bert", "gpt2-prefix", "qwen2",
            "llama-metaspace", "metaspace",
        ];

    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_DamagedTokenizerJson_WorksOrGivesOneClearError() => new MutationRun("tokenizer.json").Check(
        [.. Kinds.Select(kind => new Sample(
            _folder.File(kind, "tokenizer.json"), new JsonMutator(TokenizerFiles.Json(kind)).Mutate,
            TokenizerReading.Read))]);
}
