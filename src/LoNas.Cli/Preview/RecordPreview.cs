using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data.Records;
using LoNas.Formats.Peft;
using LoNas.Hub;
using LoNas.Text;

namespace LoNas.Cli.Preview;

/// <summary>Shows a record as tokens, and which of them are learned.</summary>
internal static class RecordPreview
{
    private const string Learned = "\u001b[30;42m";
    private const string Plain = "\u001b[0m";

    public static void Show(PreviewOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var folder = ModelOpening.Locate(options.Model, HubContent.Tokenizer, console, cancel);
        var tokenizer = TextTokenizer.Load(folder);
        var flags = Flags(options, console, cancel);
        var encoder = new RecordEncoder(tokenizer, flags.ToEncoding(flags.Chat.Template(folder)));
        var set = DataOpening.Open(
            flags.DatasetPath, flags.Reading, options.Model.HubWait, options.Json ? console.OnError() : console,
            cancel);
        DataOpening.RequireTemplate(set, encoder, options.Model.ModelNameOrPath);
        var record = set.Read().Skip(options.Record - 1).FirstOrDefault() ?? throw new ArgumentException(
            Text($"--record is {options.Record}, and '{string.Join(", ", flags.DatasetPath)}' has {set.Count} ")
            + "records");
        var encoded = Encode(encoder, record);
        Token[][] parts = [.. encoded.Select(part => Tokens(tokenizer, part))];
        if (options.Json)
        {
            console.Verbatim(ToJson(record, encoded, parts).ToJsonString());
            return;
        }

        console.Line(Text($"record {record.Number}, '{record.File}', {record.Place}: {set.Description}"));
        if (encoded is [{ IsCut: true } cut])
        {
            console.Line(Text($"cut from {cut.UncutLength} tokens at --cutoff_len {flags.CutoffLen}"));
        }

        foreach (var part in parts)
        {
            int learned = part.Count(token => token.IsLearned);
            console.Line(Text($"{part.Length} tokens, {learned} learned ({(double)learned / part.Length:P0}); ")
                + (console.HasColors ? "what is learned is coloured" : "what is learned is between « and »")
                + ", | divides tokens, ⏎ is a line end");
            console.Write(Flow(part, console.HasColors) + Environment.NewLine);
        }
    }

    private static RecordFlags Flags(PreviewOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        if (options.LoraWeights is not { } adapter)
        {
            return options.Records;
        }

        var data = AdapterManifest.Data(ModelOpening.Locate(
            options.Model with { ModelNameOrPath = adapter, ModelRevision = null }, HubContent.Adapter, console,
            cancel));
        return data is { IsOfRecords: true } ? options.Records.As(data) : options.Records;
    }

    private static IReadOnlyList<EncodedRecord> Encode(RecordEncoder encoder, DataRecord record)
    {
        try
        {
            return encoder.Encode(record);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"'{record.File}', {record.Place}: {error.Message}", error);
        }
    }

    /// <summary>The text that each token adds; one that makes a character with those behind it adds none.</summary>
    private static Token[] Tokens(TextTokenizer tokenizer, EncodedRecord record)
    {
        // Written by name, special tokens may hold back what is before them.
        var stream = new TokenStream(tokenizer, skipSpecialTokens: true);
        var tokens = record.Ids.Select((id, i) => new Token(
            id, tokenizer.IsSpecial(id) ? tokenizer.Decode([id], skipSpecialTokens: false) : stream.Push(id),
            i > 0 && record.Learned[i])).ToArray();
        return tokens is [] ? tokens : [.. tokens[..^1], tokens[^1] with { Text = tokens[^1].Text + stream.Flush() }];
    }

    private static string Flow(Token[] tokens, bool colors)
    {
        var text = new StringBuilder();
        bool isLearned = false;
        foreach (var token in tokens)
        {
            bool changes = token.IsLearned != isLearned;
            text.Append(changes && isLearned ? colors ? Plain : "»" : "");
            text.Append(text.Length > 0 && text[^1] != '\n' ? "|" : "");
            text.Append(changes && token.IsLearned ? colors ? Learned : "«" : "");
            text.Append(Visible(token.Text));
            isLearned = token.IsLearned;
        }

        return text.Append(isLearned ? colors ? Plain : "»" : "").ToString();
    }

    /// <summary>Control characters by their pictures: they must not act on the terminal.</summary>
    private static string Visible(string text) => string.Concat(text.Select(each => each switch
    {
        '\n' => "⏎\n",
        < ' ' => ((char)(0x2400 + each)).ToString(),
        '\u007f' => "␡",
        >= '\u0080' and < '\u00a0' => Text($"\\u{(int)each:x4}"),
        _ => each.ToString(),
    }));

    private static JsonObject ToJson(
        DataRecord record, IReadOnlyList<EncodedRecord> encoded, Token[][] parts) => new()
        {
            ["record"] = record.Number,
            ["file"] = record.File,
            ["place"] = record.Place,
            ["examples"] = new JsonArray([.. parts.Select((part, i) => (JsonNode)new JsonObject
        {
            ["tokens"] = part.Length,
            ["uncut_tokens"] = encoded[i].UncutLength,
            ["learned"] = part.Count(token => token.IsLearned),
            ["input_ids"] = new JsonArray([.. part.Select(token => (JsonNode)token.Id)]),
            ["texts"] = new JsonArray([.. part.Select(token => (JsonNode)token.Text)]),
            ["is_learned"] = new JsonArray([.. part.Select(token => (JsonNode)token.IsLearned)]),
        })]),
        };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Token(int Id, string Text, bool IsLearned);
}
