using System.Text;
using LoNas.MutationTests.Mutations;
using LoNas.Tests.Support;

namespace LoNas.MutationTests;

/// <summary>
/// The other files of tokenizers: SentencePiece models, vocabularies, and the configurations beside them.
/// </summary>
public sealed class TokenizerModelMutationTests : IDisposable
{
    private const string Configuration = """
        {"added_tokens_decoder": {"1": {"content": "<s>", "special": true},
         "263": {"content": "[MASK]", "lstrip": true},
         "270": {"content": "12", "normalized": false, "single_word": true}}, "eos_token": {"content": "[MASK]"},
         "bos_token": "<s>", "add_bos_token": true, "add_eos_token": false, "tokenizer_class": "LlamaTokenizer",
         "additional_special_tokens": ["<s>", {"content": "</s>"}], "pad_token": null, "unk_token": "<unk>"}
        """;

    private const string Special =
        """{"eos_token": "</s>", "bos_token": {"content": "<s>", "lstrip": false}, "unk_token": "<unk>"}""";

    private readonly MutationFolder _folder = new();
    private readonly TinyTokenizer _model = new(["aa", "ab", "▁b", "▁"]);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Load_DamagedSentencePieceModel_WorksOrGivesOneClearError()
    {
        var model = File.ReadAllBytes(Path.Combine(_model.Folder, "tokenizer.model"));
        new MutationRun("SentencePiece models").Check(
        [
            new Sample(_folder.File("model", "tokenizer.model"), random => random.Next(2) == 0
                ? ByteMutator.Mutate(model, random)
                // The last bytes say which kind of model it is.
                : ByteMutator.MutatePart(model, model.Length - 60, 60, random), TokenizerReading.Read),
        ]);
    }

    [Fact]
    public void Load_DamagedVocabularyOrConfiguration_WorksOrGivesOneClearError()
    {
        var words = Encoding.UTF8.GetBytes(TokenizerFiles.BertVocabulary());
        new MutationRun("vocab.txt, tokenizer_config.json and added tokens").Check(
        [
            new Sample(
                _folder.File("words", "vocab.txt"), random => ByteMutator.Mutate(words, random), TokenizerReading.Read),
            Beside("tokenizer_config.json", Configuration),
            Beside("special_tokens_map.json", Special),
            Beside("added_tokens.json", """{"[MASK]": 263, "answer": 264, "🙂": 300}"""),
        ]);
    }

    private Sample Beside(string name, string text)
    {
        File.Copy(Path.Combine(_model.Folder, "tokenizer.model"), _folder.File(name, "tokenizer.model"));
        return new Sample(_folder.File(name, name), new JsonMutator(text).Mutate, TokenizerReading.Read);
    }
}
