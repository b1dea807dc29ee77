using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Search.Sharing;

/// <summary>
/// What the workers in a folder say of themselves: a file each, with what it measures just now, and one beside it that
/// is locked as long as the process lives. The system lets that go with the process, and the claim with it.
/// </summary>
internal sealed class WorkerFile : IDisposable
{
    private const string Locked = ".lock";
    private const string Said = ".json";

    private readonly string _folder;
    private readonly string _path;
    private readonly JsonObject _says;
    private readonly IDisposable _held;

    /// <summary>Joins the workers.</summary>
    public WorkerFile(string folder, SearchWorker worker, int total)
    {
        Directory.CreateDirectory(folder);
        var host = string.Concat(worker.Host.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        _folder = folder;
        _path = Path.Combine(folder, $"{host}-{worker.ProcessId}-{Guid.NewGuid():n}");
        _held = FileLock.TryTake(_path + Locked)!;
        _says = worker.ToJson();
        _says["total"] = total;
        Write();
    }

    /// <summary>What the workers that are alive say.</summary>
    /// <param name="folder">The folder of the workers.</param>
    /// <param name="tidies">Whether the files of others are removed; else nothing is changed.</param>
    public static IReadOnlyList<(JsonObject Says, DateTime Since)> Alive(string folder, bool tidies)
    {
        var found = new List<(JsonObject, DateTime)>();
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, $"*{Said}") : [])
        {
            if (!IsAlive(path, tidies))
            {
                continue;
            }

            if (Read(path) is { } says)
            {
                found.Add((says, File.GetLastWriteTimeUtc(path)));
            }
        }

        return found;
    }

    /// <summary>Whether a worker that is alive measures a genome.</summary>
    public bool IsClaimedByOthers(int[] genome) => Alive(_folder, tidies: true).Any(
        worker => worker.Says["claim"] is JsonArray claim && Key(claim) == Genome.Key(genome));

    /// <summary>Says that this worker measures a genome, until the result is disposed.</summary>
    public IDisposable Claim(int[] genome)
    {
        _says["claim"] = new JsonArray([.. genome.Select(gene => (JsonNode)JsonValue.Create(gene))]);
        Write();
        return new Held(this);
    }

    /// <summary>Says how far this worker is, from its next claim on.</summary>
    public void Note(int done, string best) => (_says["done"], _says["best"]) = (done, best);

    public void Dispose()
    {
        File.Delete(_path + Said);
        _held.Dispose();
    }

    private static bool IsAlive(string path, bool tidies)
    {
        var locked = Path.ChangeExtension(path, Locked);
        if (!tidies)
        {
            return FileLock.IsHeld(locked);
        }

        using var gone = LockOfGone(locked);
        if (gone is not null)
        {
            File.Delete(path);
        }

        return gone is null;
    }

    /// <summary>The lock of a worker that is gone; null where it has it, or nobody may ask.</summary>
    private static IDisposable? LockOfGone(string path)
    {
        try
        {
            return FileLock.TryTake(path);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static string Key(JsonArray genome) => string.Join(',', genome.Select(gene => gene?.ToJsonString()));

    private static JsonObject? Read(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject;
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            return null; // it left in between
        }
    }

    private void Write() => AtomicFile.WriteText(_path + Said, _says.ToJsonString() + "\n");

    private sealed class Held(WorkerFile own) : IDisposable
    {
        public void Dispose()
        {
            own._says.Remove("claim");
            own.Write();
        }
    }
}
