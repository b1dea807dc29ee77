using LoNas.Generation;
using LoNas.Tests.Support;
using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Tests.Generation;

/// <summary>What ends an answer: found in the template, and cut from the text as it comes.</summary>
public sealed class TurnEndTests
{
    private static readonly Conversation Question = new([new ChatMessage(ChatMessage.User, "a")]);

    [Theory]
    [InlineData("<|im_end|>\n", 321, null)]
    [InlineData("</s>", 2, null)]
    [InlineData(" </s>\n", 2, null)]
    [InlineData("<|other|>\n", null, "<|other|>")]
    [InlineData("\n### End\nmore", null, "### End")]
    [InlineData("\n\n", null, null)]
    public void Of_WhatFollowsAnAnswer_IsItsFirstTokenOrLine(string behind, int? token, string? text)
    {
        using var files = new TinyTokenizer([.. Enumerable.Range(0, 62).Select(i => $"p{i}")]);
        files.Write("added_tokens.json", "{\"<|im_end|>\": 321}");
        files.Write("special_tokens_map.json", "{\"additional_special_tokens\": [\"<|im_end|>\"]}");
        var tokenizer = TextTokenizer.Load(files.Folder);

        var end = TurnEnd.Of(Question, (conversation, _) => $"{conversation.Messages[^1].Text}{behind}", tokenizer);

        Assert.Equal(new TurnEnd(token, text), end);
    }

    [Fact]
    public void Of_TemplateThatRefuses_IsNone()
    {
        using var files = new TinyTokenizer(["a"]);

        var end = TurnEnd.Of(
            Question, (_, _) => throw new InvalidDataException("no"), TextTokenizer.Load(files.Folder));

        Assert.Equal(TurnEnd.None, end);
    }

    [Theory]
    [InlineData("<|end|>", " Hello there .|<|en|d|>| more", "Hello there .", true)]
    [InlineData("<|end|>", "a<|e|nter|>b<|end", "a<|enter|>b<|end", false)]
    [InlineData("<|end|>", "<|end|>", "", true)]
    [InlineData("##", "# #|#|#x", "# ", true)]
    [InlineData(null, "\n\n x | y |\n", "x  y", false)]
    public void Push_Pieces_GiveTheTextWithoutSpaceAndEnd(string? end, string pieces, string expected, bool isEnded)
    {
        var text = new AnswerText(end);
        var shown = "";
        string[] parts = end?.Contains('|') == true ? Letters(pieces) : pieces.Split('|');
        foreach (var piece in parts.TakeWhile(_ => !text.IsEnded))
        {
            shown += text.Push(piece);
        }

        shown += text.IsEnded ? "" : text.Finish("");

        Assert.Equal(expected.TrimEnd(), shown);
        Assert.Equal((shown, isEnded), (text.ToString(), text.IsEnded));

        static string[] Letters(string all) => [.. all.Replace("|<|en|d|>|", "<|end|>", StringComparison.Ordinal)
            .Replace("<|e|nter|>", "<|enter|>", StringComparison.Ordinal).Select(letter => $"{letter}")];
    }
}
