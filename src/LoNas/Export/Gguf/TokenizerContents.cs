namespace LoNas.Export.Gguf;

/// <summary>A tokenizer's tables in llama.cpp's terms.</summary>
internal sealed record TokenizerContents
{
    /// <summary>llama (SentencePiece) or gpt2 (byte-level).</summary>
    public required string Model { get; init; }

    /// <summary>How a byte-level tokenizer splits words.</summary>
    public string Pre { get; init; } = "default";

    /// <summary>The tokens by id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>What each is for: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.</summary>
    public required IReadOnlyList<int> Types { get; init; }

    /// <summary>Of llama: the higher of two scores merges first.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>Of llama: whether a text gets a space in front.</summary>
    public bool AddsSpacePrefix { get; init; }

    /// <summary>Of gpt2: the merges, the first first.</summary>
    public IReadOnlyList<string>? Merges { get; init; }
}
