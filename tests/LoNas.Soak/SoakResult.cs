namespace LoNas.Soak;

/// <summary>The result of killing one command.</summary>
internal sealed class SoakResult(string name)
{
    public string Name { get; } = name;

    public double UnbrokenSeconds { get; init; }

    /// <summary>The number of killed runs.</summary>
    public int Kills { get; private set; }

    /// <summary>The number of kills that left a temporary file or an incomplete line.</summary>
    public int DuringWrites { get; private set; }

    /// <summary>How often the command ran to its end and the result was compared.</summary>
    public int Rounds { get; set; }

    /// <summary>Differences and failures; empty if there are none.</summary>
    public List<string> Problems { get; } = [];

    public static SoakResult Broken(string name, string problem) => new(name) { Problems = { problem } };

    public void Count(FolderState found)
    {
        Kills++;
        DuringWrites += found.Temporary.Count > 0 || found.Journal is { Torn: true } ? 1 : 0;
    }
}
