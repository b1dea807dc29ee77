using LoNas.Text.Bpe;
using LoNas.Text.WordPiece;

namespace LoNas.Text.TokenizerJson;

/// <summary>Reads the <c>decoder</c> of tokenizer.json.</summary>
internal static class DecoderReader
{
    /// <summary>Returns a function that makes a decoder for a new text.</summary>
    /// <exception cref="InvalidDataException">The type or a value is not supported.</exception>
    public static Func<IPieceDecoder> Read(TokenizerNode node)
    {
        switch (node.IsNull ? "" : node["type"].AsText())
        {
            case "ByteLevel":
                return () => new ByteLevelDecoder();
            case "WordPiece":
                var (prefix, cleansUp) = (node.Text("prefix", "##"), node.Flag("cleanup", true));
                return () => new WordPieceDecoder(prefix, cleansUp);
            case "Metaspace":
                char symbol = node.Symbol("replacement");
                var (always, first) = PreTokenizerReader.ReadPrependScheme(node);
                return () => new MetaspaceDecoder(symbol, always || first);
            case "Sequence":
                return ReadSequence(node);
            default:
                throw node.Unsupported("a decoder of type ByteLevel, WordPiece, Metaspace or Sequence");
        }
    }

    // LLaMA's sequence is Replace, ByteFallback, Fuse, Strip. Steps may be missing, but the order is fixed.
    private static Func<IPieceDecoder> ReadSequence(TokenizerNode node)
    {
        var steps = new Queue<TokenizerNode>(node["decoders"].Items());
        if (steps.Count == 1)
        {
            return Read(steps.Dequeue());
        }

        var replacements = new List<(string From, string To)>();
        while (Take(steps, "Replace") is { } step)
        {
            var from = step["pattern"]["String"].AsText();
            replacements.Add(from.Length > 0
                ? (from, step["content"].AsText())
                : throw step["pattern"].Unsupported("text that is not empty"));
        }

        bool hasBytes = Take(steps, "ByteFallback") is not null;
        bool isFused = Take(steps, "Fuse") is not null;
        var strip = Take(steps, "Strip");
        char stripped = strip?.Symbol("content") ?? ' ';
        int count = strip?["start"].AsNumber() ?? 0;
        strip?.RequireAbsent("stop");
        return steps.Count == 0 && (isFused || strip is null)
            ? () => new ByteFallbackDecoder(replacements, hasBytes, stripped, count)
            : throw node.Unsupported("a sequence of Replace, ByteFallback, Fuse and Strip in this order");
    }

    private static TokenizerNode? Take(Queue<TokenizerNode> steps, string type) =>
        steps.TryPeek(out var step) && step["type"].AsText() == type ? steps.Dequeue() : null;
}
