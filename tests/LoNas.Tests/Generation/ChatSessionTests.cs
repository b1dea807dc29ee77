using System.Text.Json.Nodes;
using LoNas.Generation;
using LoNas.Tests.Support;
using LoNas.Text.Chat;

namespace LoNas.Tests.Generation;

/// <summary>A conversation that keeps keys and values says what a fresh run of its whole text says.</summary>
public sealed class ChatSessionTests
{
    private static readonly string[] Said = ["How are you?", "and then", "why is that so, tell me", "x"];

    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("bloom-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("mistral-tiny")]
    public void Say_ManyTurns_EqualsAFreshRun(string name)
    {
        using var chat = new TinyChat(Repository.Fixture(name));
        AssertFresh(chat, keeps: true);
    }

    [Theory]
    [InlineData("mistral-window-tiny")]
    [InlineData("qwen2-window-tiny")]
    [InlineData("gemma2-tiny")]
    [InlineData("gemma3-tiny")]
    [InlineData("llama3-tiny")]
    [InlineData("gpt-neox-tiny")]
    [InlineData("phi3-longrope-tiny")]
    public void Say_ManyTurnsOfModernModels_EqualsAFreshRun(string name)
    {
        using var chat = new TinyChat(new ModernModel(name).Folder);
        AssertFresh(chat, keeps: name != "phi3-longrope-tiny");
    }

    /// <summary>
    /// The dynamic method stretches all positions by the length: nothing is taken over past its limit.
    /// </summary>
    [Fact]
    public void Say_PositionsThatEachLengthStretches_EqualsAFreshRun()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"), change: Dynamic(original: 60));
        AssertFresh(chat, keeps: false);
    }

    /// <summary>
    /// Where a conversation is cut back, what was kept past the limit is not taken for what is below it.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Say_ConversationCutBackBelowTheLimit_EqualsAFreshRun(bool isLongRope)
    {
        using var chat = isLongRope
            ? new TinyChat(new ModernModel("phi3-longrope-tiny").Folder)
            : new TinyChat(Repository.Fixture("llama-tiny"), change: Dynamic(original: 33));
        var options = TinyChat.Greedy(20);
        using var session = chat.Session(options);

        foreach (var text in new[] { "ab", "and more of it", "ac", "ab" })
        {
            if (text.Length == 2)
            {
                session.Messages.Clear();
            }

            var answer = session.Say(text);

            Assert.Equal(chat.Fresh(session.Messages.SkipLast(1), options), answer.Ids);
        }
    }

    [Fact]
    public void Say_LaterTurns_RunOnlyWhatIsNew()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        using var session = chat.Session(TinyChat.Greedy(8));

        var first = session.Say("How are you?");
        var second = session.Say("and then");

        int prompt = first.ReusedTokens + first.ComputedTokens;
        Assert.Equal(0, first.ReusedTokens);
        Assert.InRange(second.ReusedTokens, prompt, prompt + first.Ids.Count);
        Assert.Equal(
            chat.Model.Tokenizer.EncodeRaw(TinyChat.Render(new([.. session.Messages.SkipLast(1)]), true)).Length,
            second.ReusedTokens + second.ComputedTokens);
        Assert.Equal((8, ChatEnding.Length), (second.Ids.Count, second.Ending));
        Assert.True(second.TokensPerSecond > 0);
    }

    [Fact]
    public void Say_Pieces_AreTheAnswerThatIsStored()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        using var session = chat.Session(TinyChat.Greedy(24));
        var pieces = new List<string>();

        var answer = session.Say("How are you?", pieces.Add);

        Assert.Equal(answer.Text, string.Concat(pieces));
        Assert.DoesNotContain("", pieces);
        Assert.Equal(
            [("user", "How are you?"), ("assistant", answer.Text)],
            session.Messages.Select(message => (message.Role, message.Text)));
    }

    /// <summary>Keys of one sub-adapter are another model's for the next.</summary>
    [Fact]
    public void Say_SubAdapterChangedMeanwhile_TakesNothingOver()
    {
        using var chat = new TinyChat(
            Repository.Fixture("llama-tiny"), TinyFamilies.AdapterFolder("llama"),
            Repository.Fixture("nncf_llama_tiny.json"));
        var options = TinyChat.Greedy(10);
        using var session = chat.Session(options);
        var minimal = chat.Model.Choose(new SubAdapterChoice(SubAdapterChoice.Minimal))!.SubAdapter;
        session.Say(Said[0]);
        chat.Model.Adapter.Activate(minimal);

        var cut = session.Say(Said[1]);
        int[] fresh = chat.Fresh(session.Messages.SkipLast(1), options);
        var again = session.Say(Said[2]);

        Assert.Equal(0, cut.ReusedTokens);
        Assert.Equal(fresh, cut.Ids);
        Assert.True(again.ReusedTokens > 0);
        Assert.Equal(chat.Fresh(session.Messages.SkipLast(1), options), again.Ids);
    }

    /// <summary>Measuring in between changes nothing, and what it runs anew is kept.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MeasureSpeed_InBetween_ChangesNoAnswer(bool isLongRope)
    {
        using var chat = isLongRope
            ? new TinyChat(new ModernModel("phi3-longrope-tiny").Folder)
            : new TinyChat(Repository.Fixture("llama-tiny"));
        var options = TinyChat.Greedy(4);
        using var session = chat.Session(options);
        Assert.True(session.MeasureSpeed(4) > 0);
        Assert.Equal(0, session.KeptCount);
        session.Say("a");
        int kept = session.KeptCount;

        Assert.True(session.MeasureSpeed(30) > 0);

        Assert.Equal(kept, session.KeptCount);
        var answer = session.Say("b");
        Assert.Equal(chat.Fresh(session.Messages.SkipLast(1), options), answer.Ids);
    }

    [Fact]
    public void Say_Stopped_KeepsWhatWasSaid()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        var options = TinyChat.Greedy(40);
        using var session = chat.Session(options);
        using var stop = new CancellationTokenSource();
        int shown = 0;

        var stopped = session.Say("How are you?", _ => { if (++shown == 3) { stop.Cancel(); } }, stop.Token);

        Assert.Equal(ChatEnding.Stopped, stopped.Ending);
        Assert.InRange(stopped.Ids.Count, 1, 39);
        Assert.Equal(stopped.Text, session.Messages[1].Text);
        var next = session.Say("and then");
        Assert.Equal(chat.Fresh(session.Messages.SkipLast(1), options), next.Ids);
        Assert.True(next.ReusedTokens > 0);
    }

    [Fact]
    public void Say_StoppedBeforeItBegan_TakesTheMessageBack()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        using var session = chat.Session(TinyChat.Greedy(4));

        var stopped = session.Say("a", cancel: new CancellationToken(canceled: true));

        Assert.Equal(("", ChatEnding.Stopped, 0), (stopped.Text, stopped.Ending, stopped.Ids.Count));
        Assert.Empty(session.Messages);
    }

    [Fact]
    public void Say_TemplateRefuses_LeavesTheConversationAsItWas()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        using var session = new ChatSession(chat.Model, Refuse, TinyChat.Greedy(4));
        session.Say("good");

        Assert.Throws<InvalidDataException>(() => session.Say("bad"));

        Assert.Equal(2, session.Messages.Count);
        Assert.Equal(4, session.Say("good").Ids.Count);

        static string Refuse(Conversation conversation, bool begins) =>
            conversation.Messages[^1].Text == "bad" ? throw new InvalidDataException("refused")
            : TinyChat.Render(conversation, begins);
    }

    [Fact]
    public void Say_Sampled_IsThatOfOnePromptAndGoesOnDrawing()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        var options = TinyChat.Greedy(12) with { Sampling = new SamplingOptions { Seed = 7 } };
        using var session = chat.Session(options);

        var first = session.Say("a");
        int[] fresh = chat.Fresh(session.Messages.SkipLast(1), options);
        session.Messages.Clear();
        var second = session.Say("a");
        session.Messages.Clear();
        session.Options = options;
        var third = session.Say("a");

        Assert.Equal(fresh, first.Ids);
        Assert.NotEqual(first.Ids, second.Ids);
        Assert.Equal(first.Ids, third.Ids);
    }

    [Theory]
    [InlineData(2, 1, 5)]
    [InlineData(1, 1, 0)]
    public void New_OptionsThatAreNotOfOneAnswer_AreRefused(int beams, int sequences, int tokens)
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        var options = new GenerationOptions { MaxNewTokens = tokens, BeamCount = beams, ReturnCount = sequences };

        var error = Assert.Throws<ArgumentException>(() => chat.Session(options));

        Assert.Contains($"num_beams is {beams}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Where no token ends a turn, the text does that the template writes there.</summary>
    [Fact]
    public void Say_TextThatEndsATurn_EndsTheAnswer()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        using var plain = chat.Session(TinyChat.Greedy(20));
        var whole = plain.Say("How are you?").Text;
        var end = whole.Where(char.IsAsciiLetter).Select(letter => $"{letter}").Skip(2).First();
        using var session = new ChatSession(
            chat.Model,
            (conversation, begins) => TinyChat.Render(conversation, begins).TrimEnd('\n') + (begins ? "" : end),
            TinyChat.Greedy(20));
        var pieces = new List<string>();

        var answer = session.Say("How are you?", pieces.Add);

        Assert.Equal(ChatEnding.Ended, answer.Ending);
        Assert.DoesNotContain(end, answer.Text, StringComparison.Ordinal);
        Assert.Equal(answer.Text, string.Concat(pieces));
    }

    private static Action<JsonObject> Dynamic(int original) => config =>
    {
        config["rope_scaling"] = new JsonObject { ["type"] = "dynamic", ["factor"] = 2.0 };
        config["max_position_embeddings"] = original;
    };

    private static void AssertFresh(TinyChat chat, bool keeps)
    {
        var options = TinyChat.Greedy(12);
        using var session = chat.Session(options);
        int before = 0;
        foreach (var text in Said)
        {
            var answer = session.Say(text);

            Assert.Equal(chat.Fresh(session.Messages.SkipLast(1), options), answer.Ids);
            Assert.InRange(answer.ReusedTokens, keeps ? before : 0, int.MaxValue);
            before = answer.ReusedTokens + answer.ComputedTokens;
        }
    }
}
