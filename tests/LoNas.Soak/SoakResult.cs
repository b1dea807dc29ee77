namespace LoNas.Soak;

/// <summary>What killing one command came to.</summary>
internal sealed class SoakResult(string name)
{
    public string Name { get; } = name;

    public double UnbrokenSeconds { get; init; }

    /// <summary>Runs that were killed.</summary>
    public int Kills { get; private set; }

    /// <summary>Those that left something half written under a temporary name, or a torn line.</summary>
    public int DuringWrites { get; private set; }

    /// <summary>Times that the whole work came to its end and was compared.</summary>
    public int Rounds { get; set; }

    /// <summary>Differences and failures; empty when all is well.</summary>
    public List<string> Problems { get; } = [];

    public static SoakResult Broken(string name, string problem) => new(name) { Problems = { problem } };

    public void Count(FolderState found)
    {
        Kills++;
        DuringWrites += found.Temporary.Count > 0 || found.Journal is { Torn: true } ? 1 : 0;
    }
}
