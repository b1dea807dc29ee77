using System.Text;
using System.Text.RegularExpressions;
using LoNas.Storage;

namespace LoNas.Cli.Output;

/// <summary>
/// Tells results of this program, which the next ones replace, from other files of the same names, which stay.
/// </summary>
internal static partial class OwnResults
{
    /// <summary>The problem of what the command reads.</summary>
    public const string IsInput = "is read by this command, which would replace it";

    private const int Looked = 1 << 20;

    /// <summary>Files that say of a folder that this program trained what is in it.</summary>
    private static readonly string[] Markers = ["lonas_run.json", "lonas.json"];

    /// <summary>What results are called, and how those of this program look.</summary>
    private static readonly (Regex Name, Regex Content)[] Kinds =
    [
        (Responses(), Responded()), (Report(), Reported()), (Front(), Entries()), (Tables(), Rows()),
        (Plot(), Png()), (Figures(), Measured()), (Best(), Widths()), (Speeds(), Timed()), (Journals(), Opened()),
        (Predictions(), Predicted()),
    ];

    /// <summary>What beside a run's marker, or an adapter's, needs no more than the look of JSON.</summary>
    private static readonly (Regex Name, Regex Content)[] ClaimedKinds = [(Claimed(), Json())];

    /// <summary>Whether a file has the name and the look of a result.</summary>
    public static bool Are(string path) => Are(path, Kinds);

    /// <summary>Checks the places of results before anything long is begun.</summary>
    /// <param name="folder">The output folder, which need not exist; empty for none.</param>
    /// <param name="overwrite">Whether files of others may be replaced.</param>
    /// <param name="inputs">Files that are read, which stay in any case.</param>
    /// <param name="names">What will be written, by name.</param>
    /// <exception cref="ArgumentException">Something is there that must stay; all of it is named.</exception>
    public static void RequirePlaces(
        string folder, bool overwrite, IEnumerable<string?> inputs, IEnumerable<string> names)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        string[] there = [.. names.Distinct().Select(name => Path.Combine(folder, name)).Where(Path.Exists)];

        var read = inputs.OfType<string>().Where(File.Exists).SelectMany(RealPath.Read).ToHashSet();
        bool isClaimed = Markers.Any(marker => File.Exists(Path.Combine(folder, marker)));
        bool IsOwn(string path) => Are(path) || (isClaimed && Are(path, ClaimedKinds));
        bool IsRead(string path) => read.Contains(RealPath.OfName(path)) || read.Contains(RealPath.Of(path));
        Require(folder, there.Select(path => (path, IsRead(path)
            ? IsInput
            : KindProblem(path)
                ?? (overwrite || IsOwn(path) ? null : "is no result of this program; --overwrite would replace it"))));
    }

    /// <summary>Throws where an entry of an output folder has a problem.</summary>
    public static void Require(string folder, IEnumerable<(string Path, string? Problem)> entries)
    {
        string[] problems =
        [
            .. entries.Where(entry => entry.Problem is not null)
                .Select(entry => $"'{Path.GetFileName(entry.Path)}' {entry.Problem}"),
        ];
        if (problems.Length > 0)
        {
            throw new ArgumentException(
                $"--output_dir '{folder}' can't take the results: {string.Join("; ", problems)}; give another folder, "
                + "or move that away");
        }
    }

    /// <summary>What is in the place of a file, or of a folder, that is none; null where nothing is wrong.</summary>
    public static string? KindProblem(string path, bool wantsFolder = false) =>
        FileKind.OfOther(path) is { } other ? $"is {other}"
        : IsReadOnlyJournal(path) ? "is read-only, and goes on"
        : Directory.Exists(path) == wantsFolder || !Path.Exists(path) ? null
        : wantsFolder ? "is a file in the place of a folder" : "is a folder in the place of a file";

    /// <summary>Journals alone are appended to; other files are replaced, which their folder decides.</summary>
    private static bool IsReadOnlyJournal(string path) => path.EndsWith(".jsonl", StringComparison.Ordinal)
        && File.Exists(path) && new FileInfo(path).IsReadOnly;

    private static bool Are(string path, (Regex Name, Regex Content)[] kinds) =>
        File.Exists(path) && FileKind.OfOther(path) is null
        && kinds.FirstOrDefault(kind => kind.Name.IsMatch(Path.GetFileName(path))).Content is { } content
        && content.IsMatch(Start(path));

    private static string Start(string path)
    {
        using var stream = File.OpenRead(path);
        var bytes = new byte[Math.Min(Looked, stream.Length)];
        return Encoding.Latin1.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    [GeneratedRegex(@"^.+\.res\.json$")]
    private static partial Regex Responses();

    [GeneratedRegex("\"output_pred\"")]
    private static partial Regex Responded();

    [GeneratedRegex(@"^evaluation\.json$")]
    private static partial Regex Report();

    [GeneratedRegex("\"avg_accuracy\"")]
    private static partial Regex Reported();

    [GeneratedRegex(@"^pareto_front\.json$")]
    private static partial Regex Front();

    [GeneratedRegex(@"^\s*\[\s*\{[^{]*""sub_adapter""")]
    private static partial Regex Entries();

    [GeneratedRegex(@"^(cache_\w+|search_progression)\.csv$")]
    private static partial Regex Tables();

    [GeneratedRegex(@"^(""?\{""|$)")]
    private static partial Regex Rows();

    [GeneratedRegex(@"^(search_progression|training_curve)\.png$")]
    private static partial Regex Plot();

    [GeneratedRegex(@"^\u0089PNG")]
    private static partial Regex Png();

    [GeneratedRegex(@"^(eval|all)_results\.json$")]
    private static partial Regex Figures();

    /// <summary>The Trainer writes files of these names too, and none of these figures.</summary>
    [GeneratedRegex(@"(_|"")non_zero_params""\s*:|""performance_metrics""\s*:")]
    private static partial Regex Measured();

    [GeneratedRegex(@"^subnetwork_best\.json$")]
    private static partial Regex Best();

    [GeneratedRegex(@"^\s*\{\s*""width""\s*:\s*\{")]
    private static partial Regex Widths();

    [GeneratedRegex(@"^latency_table\.json$")]
    private static partial Regex Speeds();

    [GeneratedRegex(@"""PromptTokens""\s*:")]
    private static partial Regex Timed();

    [GeneratedRegex(@"^(search_journal|search_measured_by|test\.partial)\.jsonl$")]
    private static partial Regex Journals();

    [GeneratedRegex(@"^predict_results_[\w-]+\.txt$")]
    private static partial Regex Predictions();

    [GeneratedRegex(@"^index\tprediction\n")]
    private static partial Regex Predicted();

    [GeneratedRegex(@"^((eval|all)_results|subnetwork_best|latency_table|pareto_front)\.json$")]
    private static partial Regex Claimed();

    [GeneratedRegex(@"^\s*[\{\[]")]
    private static partial Regex Json();

    [GeneratedRegex(@"^\s*(\{|$)")]
    private static partial Regex Opened();
}
