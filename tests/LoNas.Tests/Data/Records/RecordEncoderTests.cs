using System.Text.Json;
using LoNas.Data;
using LoNas.Data.Records;
using LoNas.Errors;
using LoNas.Tests.Support;
using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Tests.Data.Records;

/// <summary>Tokens and labels of records, against those put together by hand.</summary>
public sealed class RecordEncoderTests : IDisposable
{
    private const string Begin = "<|im_start|>";
    private const string End = "<|im_end|>";
    private const string Default = $"{Begin}system\nYou are a helpful assistant.{End}\n";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("chatml")]
    [InlineData("chatml-generation")]
    public void Encode_Conversation_LearnsAnswersWithTheirEndOfTurn(string template)
    {
        var encoder = Encoder(template);
        var system = template == "chatml" ? Default : "";

        var example = Encoded(
            encoder, Chat(("user", "2+2?"), ("assistant", "It is 4."), ("user", "Sure?"), ("assistant", "Yes")));

        AssertParts(
            example,
            ($"{system}{Begin}user\n2+2?{End}\n{Begin}assistant\n", false), ($"It is 4.{End}", true),
            ($"\n{Begin}user\nSure?{End}\n{Begin}assistant\n", false), ($"Yes{End}", true), ("\n", false));
    }

    [Fact]
    public void Encode_ChatmlByPrefixesAndByBlocks_GiveTheSameLabels()
    {
        var conversations = JsonDocument.Parse(File.ReadAllText(SharedData.Path("fixtures", "chat", "templates.json")))
            .RootElement.GetProperty("conversations");
        var (byPrefix, byBlocks) = (Encoder("chatml"), BuiltIn("chatml"));
        string[] compared = ["system", "trained", "empty", "braces", "think"];

        Assert.All(compared, name =>
        {
            var chat = new ConversationRecord(new Conversation(
                [.. conversations.GetProperty(name).EnumerateArray().Select(message => new ChatMessage(message))]));
            var (left, right) = (Encoded(byPrefix, chat), Encoded(byBlocks, chat));

            Assert.Equal(left.InputIds, right.InputIds);
            Assert.Equal(left.Labels, right.Labels);
            Assert.True(left.HasLabels);
        });
    }

    [Fact]
    public void Encode_TrainOnLastOrAll_LearnsTheLastAnswerOrEverything()
    {
        var chat = Chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"));
        var last = Encoded(Encoder("chatml", how => how with { Learned = LearnedPart.Last }), chat);
        var all = Encoded(Encoder("chatml", how => how with { Learned = LearnedPart.All }), chat);

        Assert.Equal($"d{End}", Learned(last));
        Assert.Equal(all.InputIds, all.Labels);
    }

    [Fact]
    public void Encode_PromptOfMessages_LearnsTheCompletionAlone()
    {
        var chat = Chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")) with { FirstLearned = 3 };

        Assert.Equal($"d{End}", Learned(Encoded(Encoder("chatml"), chat)));
        Assert.Equal($"d{End}", Learned(Encoded(Encoder("chatml-generation"), chat)));
    }

    [Fact]
    public void Encode_TemplateThatEndsEveryTextWithEos_FindsTheAnswers()
    {
        // Phi 3's way: the text of a beginning ends with a token that the whole has at its end alone.
        var example = Encoded(
            Encoder("bars"), Chat(("user", "a"), ("assistant", $"b{End}"), ("user", "c"), ("assistant", "d")));

        Assert.Equal($"b{End}d<|end|>\n{End}", Learned(example));
    }

    [Fact]
    public void Encode_TemplateThatRendersBeginningsOtherwise_SaysSo()
    {
        var chat = Chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"));

        var error = Assert.Throws<InvalidDataException>(() => Encoder("thinking").Encode(chat));

        Assert.Contains("in another way when more follow", error.Message, StringComparison.Ordinal);
        Assert.Equal(Setting.LearnedPart, error.Settings()[0]);
        Assert.EndsWith($"d{End}", Learned(Encoded(
            Encoder("thinking", how => how with { Learned = LearnedPart.Last }), chat)), StringComparison.Ordinal);
        Assert.Equal(
            $"b{End}<think>\n\n</think>\n\nd{End}", Learned(Encoded(BuiltIn("qwen3"), chat)));
    }

    [Fact]
    public void Render_BuiltInQwen3_WritesWhatTheRecordedTemplateWrites()
    {
        var file = JsonDocument.Parse(File.ReadAllText(SharedData.Path("fixtures", "chat", "templates.json")))
            .RootElement;
        var cases = file.GetProperty("cases").EnumerateArray()
            .Where(each => each.GetProperty("template").GetString() == "thinking").ToArray();

        Assert.NotEmpty(cases);
        Assert.All(cases, each =>
        {
            bool hasTools = each.GetProperty("tools").GetBoolean();
            var conversation = new Conversation(
                [.. file.GetProperty("conversations").GetProperty(each.GetProperty("conversation").GetString()!)
                    .EnumerateArray().Select(message => new ChatMessage(message))])
            {
                Tools = hasTools ? file.GetProperty("tools") : null,
            };
            var rendered = ChatTemplate.Load("qwen3", null).Render(
                conversation, each.GetProperty("add_generation_prompt").GetBoolean(),
                each.GetProperty("kwargs").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value));

            Assert.Equal(each.GetProperty("rendered").GetString(), rendered.Text);
        });
    }

    [Fact]
    public void Encode_PromptAndCompletion_BeginsOnceAndEndsOnceAndLearnsTheCompletion()
    {
        var tokenizer = SharedTokenizer.Load("llama", _folder);
        var encoder = new RecordEncoder(tokenizer, new RecordEncoding());

        var example = Encoded(encoder, new CompletionRecord("Question: 2+2?\nAnswer:", " 4"));
        var begun = Encoded(encoder, new CompletionRecord("<s>Question: 2+2?\nAnswer:", " 4</s>"));

        Assert.Equal(
            [tokenizer.BosId, .. tokenizer.EncodeRaw("Question: 2+2?\nAnswer: 4"), tokenizer.EosId], example.InputIds);
        Assert.Equal([tokenizer.FindId("▁")!.Value, tokenizer.FindId("4")!.Value, tokenizer.EosId], Labels(example));
        Assert.Equal(1, begun.InputIds.Count(id => id == tokenizer.BosId));
        Assert.Equal(1, begun.InputIds.Count(id => id == tokenizer.EosId));
        Assert.Equal(tokenizer.EosId, begun.Labels[^1]);
    }

    [Fact]
    public void Encode_AlpacaWithoutTemplate_IsWhatRunMathTrainsOn()
    {
        var tokenizer = TextTokenizer.Load(SampleRun.Model);
        var record = new InstructionRecord { Instruction = "Add 2 and 3.", Input = "quickly", Output = "2 + 3 = 5" };
        var expected = new InstructionEncoder(tokenizer, 256, trainOnInputs: false).Encode([record]).Examples[0];

        var example = Encoded(
            new RecordEncoder(tokenizer, new RecordEncoding { CutoffLength = 256 }),
            new AlpacaRecord(record.Instruction, record.Input, record.Output));

        Assert.Equal(expected.InputIds, example.InputIds);
        Assert.Equal(expected.Labels, example.Labels);
    }

    [Fact]
    public void Encode_AlpacaWithTemplate_IsAConversation()
    {
        var record = new AlpacaRecord("Add.", "2 3", "5") { System = "Short.", History = [("Hi", "Hello")] };

        var example = Encoded(Encoder("chatml"), record);

        AssertParts(
            example,
            ($"{Begin}system\nShort.{End}\n{Begin}user\nHi{End}\n{Begin}assistant\n", false), ($"Hello{End}", true),
            ($"\n{Begin}user\nAdd.\n2 3{End}\n{Begin}assistant\n", false), ($"5{End}", true), ("\n", false));
    }

    [Fact]
    public void Encode_Document_IsLearnedWholeAndDivided()
    {
        var tokenizer = SharedTokenizer.Load("llama", _folder);
        const string Text = "one two three four five six seven eight nine ten";

        var parts = new RecordEncoder(tokenizer, new RecordEncoding { CutoffLength = 5 })
            .Encode(new DocumentRecord(Text));

        Assert.Equal(
            [tokenizer.BosId, .. tokenizer.EncodeRaw(Text), tokenizer.EosId], parts.SelectMany(part => part.Ids));
        Assert.All(parts, part => Assert.DoesNotContain(false, part.Learned));
        Assert.All(parts, part => Assert.False(part.IsCut));
        Assert.All(parts, part => Assert.InRange(part.Ids.Length, 1, 5));
    }

    [Fact]
    public void Windows_Stride_CountsEveryTokenOnce()
    {
        var tokenizer = SharedTokenizer.Load("llama", _folder);
        const string Text = "one two three four five six seven eight nine ten eleven twelve";
        int[] whole = [tokenizer.BosId, .. tokenizer.EncodeRaw(Text), tokenizer.EosId];

        var windows = new RecordEncoder(tokenizer, new RecordEncoding { CutoffLength = 6 }).Windows(Text, 4).ToArray();

        Assert.Equal(whole, windows.SelectMany(Labels));
        Assert.Equal(
            Enumerable.Range(0, windows.Length).Select(i => whole[(4 * i)..Math.Min(whole.Length, (4 * i) + 6)]),
            windows.Select(window => window.InputIds));
    }

    [Fact]
    public void Encode_TooLongCutAtTurns_LosesTheOldestExchanges()
    {
        var chat = Chat(
            ("system", "Short."), ("user", "first question"), ("assistant", "first answer"), ("user", "second"),
            ("assistant", "answer two"), ("user", "third"), ("assistant", "answer three"));
        var whole = Encoder("chatml").Encode(chat)[0];
        var cut = Encoder("chatml", how => how with { CutoffLength = whole.Ids.Length - 1 }).Encode(chat)[0];
        var least = Encoder("chatml", how => how with { CutoffLength = 25 }).Encode(chat)[0];

        Assert.Equal(whole.Ids.Length, cut.UncutLength);
        Assert.True(cut.IsCut);
        AssertParts(
            cut.ToExample(),
            ($"{Begin}system\nShort.{End}\n{Begin}user\nsecond{End}\n{Begin}assistant\n", false),
            ($"answer two{End}", true),
            ($"\n{Begin}user\nthird{End}\n{Begin}assistant\n", false), ($"answer three{End}", true), ("\n", false));
        AssertParts(
            least.ToExample(), ($"{Begin}system\nShort.{End}\n{Begin}user\nthird{End}\n{Begin}assistant\n", false),
            ($"answer three{End}", true), ("\n", false));
    }

    [Fact]
    public void Encode_TooLongCutAtTokens_LosesItsBeginningOrEnd()
    {
        var tokenizer = SharedTokenizer.Load("llama", _folder);
        var record = new CompletionRecord("one two three four five", " six seven eight");
        int[] whole = new RecordEncoder(tokenizer, new RecordEncoding()).Encode(record)[0].Ids;
        EncodedRecord Cut(RecordTruncation how) => new RecordEncoder(
            tokenizer, new RecordEncoding { CutoffLength = 4, Truncation = how }).Encode(record)[0];

        Assert.Equal(whole[..4], Cut(RecordTruncation.Right).Ids);
        // The token that stands before every text stays.
        Assert.Equal([tokenizer.BosId, .. whole[^3..]], Cut(RecordTruncation.Left).Ids);
        Assert.Equal([false, true, true, true], Cut(RecordTruncation.Left).Learned);
    }

    [Fact]
    public void Encode_CallThatTheTemplateDrops_IsRefused()
    {
        var call = JsonDocument.Parse(
            """
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "weather", "arguments": {}}}]}
            """);
        var chat = new ConversationRecord(new Conversation(
            [new ChatMessage("user", "a"), new ChatMessage(call.RootElement)]));

        var error = Assert.Throws<InvalidDataException>(() => BuiltIn("chatml").Encode(chat));

        Assert.Contains("does not write the call of 'weather'", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"weather\"", Learned(Encoded(BuiltIn("qwen3"), chat)), StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_TextThatBeginsWithBegins_FindsWhereTheCompletionBegins()
    {
        var tokenizer = SharedTokenizer.Load("llama", _folder);

        var example = Encoded(new RecordEncoder(tokenizer, new RecordEncoding()), new CompletionRecord("<s><s>", "4"));

        Assert.Equal([tokenizer.BosId, tokenizer.BosId], example.InputIds[..2]);
        Assert.Equal([.. example.InputIds[2..]], Labels(example));
    }

    [Fact]
    public void Encode_TemplateWithBos_WritesItOnce()
    {
        var tokenizer = SharedTokenizer.Load("llama", _folder);
        var encoder = new RecordEncoder(
            tokenizer, new RecordEncoding { Template = Recorded("inst").WithTokens("<s>", "</s>") });

        var example = Encoded(encoder, Chat(("user", "a"), ("assistant", "b")));

        Assert.Equal(tokenizer.BosId, example.InputIds[0]);
        Assert.Equal(1, example.InputIds.Count(id => id == tokenizer.BosId));
        Assert.Equal(tokenizer.EosId, example.Labels[^1]);
    }

    [Fact]
    public void Encode_ConversationWithoutTemplate_SaysWhatToGive()
    {
        var encoder = new RecordEncoder(SharedTokenizer.Load("qwen3", _folder), new RecordEncoding());

        var error = Assert.Throws<InvalidDataException>(() => encoder.Encode(Chat(("user", "a"), ("assistant", "b"))));

        Assert.Contains("has no chat template", error.Message, StringComparison.Ordinal);
        Assert.Equal([Setting.ChatTemplate], error.Settings());
    }

    public void Dispose() => _folder.Dispose();

    private static ConversationRecord Chat(params (string Role, string Content)[] messages) =>
        new(new Conversation([.. messages.Select(each => new ChatMessage(each.Role, each.Content))]));

    private static TrainingExample Encoded(RecordEncoder encoder, DataRecord record) =>
        Assert.Single(encoder.Encode(record)).ToExample();

    private static int[] Labels(TrainingExample example) =>
        [.. example.Labels.Where(label => label != TrainingExample.IgnoredLabel)];

    private static ChatTemplate Recorded(string name) => ChatTemplate.Parse(
        JsonDocument.Parse(File.ReadAllText(SharedData.Path("fixtures", "chat", "templates.json"))).RootElement
            .GetProperty("templates").GetProperty(name).GetString()!, $"'{name}'", null);

    private RecordEncoder Encoder(string template, Func<RecordEncoding, RecordEncoding>? how = null) =>
        Encoder(Recorded(template).WithTokens(null, End), how);

    private RecordEncoder BuiltIn(string template) => Encoder(ChatTemplate.Load(template, null), null);

    private RecordEncoder Encoder(ChatTemplate template, Func<RecordEncoding, RecordEncoding>? how)
    {
        var encoding = new RecordEncoding { Template = template };
        return new RecordEncoder(Qwen(), how?.Invoke(encoding) ?? encoding);
    }

    private TextTokenizer Qwen()
    {
        if (Directory.EnumerateFiles(_folder.Root).Any())
        {
            return TextTokenizer.Load(_folder.Root);
        }

        return SharedTokenizer.Load("qwen3", _folder);
    }

    private string Learned(TrainingExample example) =>
        Qwen().Decode(Labels(example), skipSpecialTokens: false);

    /// <summary>The tokens are those of the parts, each encoded alone, and the parts say which are learned.</summary>
    private void AssertParts(TrainingExample example, params (string Text, bool IsLearned)[] parts)
    {
        var tokenizer = Qwen();
        var pieces = parts.Select(part => (Ids: tokenizer.EncodeRaw(part.Text), part.IsLearned)).ToArray();
        Assert.Equal(pieces.SelectMany(piece => piece.Ids), example.InputIds);
        Assert.Equal(
            pieces.SelectMany(piece => piece.Ids.Select(id => piece.IsLearned ? id : TrainingExample.IgnoredLabel)),
            example.Labels);
    }
}
