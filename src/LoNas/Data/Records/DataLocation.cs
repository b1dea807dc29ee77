using System.Text.RegularExpressions;
using LoNas.Hub;
using LoNas.Opening;
using LoNas.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Data.Records;

/// <summary>Finds the files that a name of a data set means: a path, or a data set of the Hugging Face hub.</summary>
public sealed partial class DataLocation
{
    /// <summary>Where hub names are looked up; the environment's settings by default.</summary>
    public HubSettings? Hub { get; init; }

    /// <summary>How long the hub is waited for; null is as its settings say.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Is told when a hub name is looked up, and which files it means; nobody by default.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Is told how far a download is; nobody by default.</summary>
    public Action<HubProgress>? OnDownload { get; init; }

    /// <summary>The files of a data set, for <see cref="RecordSet.Open"/>.</summary>
    /// <param name="text">
    /// A path; or <c>ORG/NAME</c>, <c>ORG/NAME@REVISION</c> or <c>hf://datasets/ORG/NAME[@REVISION][/PATH]</c>. A path
    /// that does not exist and can't be a hub name is given back.
    /// </param>
    /// <param name="cancel">Stops a download, of which the cache keeps what has come.</param>
    /// <exception cref="InvalidDataException">
    /// The hub has no such data set or can't be reached, or which of its files are the training set is not clear.
    /// </exception>
    public IReadOnlyList<string> Find(string text, CancellationToken cancel = default)
    {
        if (Path.Exists(text) || Parse(text) is not var (name, revision, part))
        {
            return [text];
        }

        var settings = Hub ?? HubSettings.FromEnvironment(Environment.GetEnvironmentVariable);
        settings = settings with { ReadTimeout = Timeout ?? settings.ReadTimeout };
        Logger.Inform($"there is no path '{text}': looking it up as a data set's name in {settings.Cache}"
            + (settings.Offline ? "" : $", and at {settings.Endpoint}"));
        using var http = HubRepository.NewHttpClient();
        var repository = new HubRepository(http, settings, name, revision);
        var listing = repository.Files(cancel).GetAwaiter().GetResult();
        var files = Choose(listing.Names, part, $"{name}");
        if (listing.IsOfCache)
        {
            Logger.Warn($"The data set '{name}' is taken as the cache has it, without asking the hub whether that is all "
                + "of it");
        }

        var folder = new HubRepository(http, settings, name, listing.Commit).Fetch(files, OnDownload, cancel)
            .GetAwaiter().GetResult();
        repository.Keep(listing.Commit);
        Logger.Inform($"the data set '{name}' is {Excerpt.Of(files)}");
        return [.. files.Select(file => Path.Combine(folder, file))];
    }

    /// <summary>The files that are the training set by the usual names, or those of a part that was named.</summary>
    /// <param name="names">All files of the data set.</param>
    /// <param name="part">A file or folder that was named; empty for none.</param>
    /// <param name="title">Names the data set in errors.</param>
    /// <exception cref="InvalidDataException">There are none, or it is not clear which.</exception>
    internal static string[] Choose(IReadOnlyList<string> names, string part, string title)
    {
        string[] known = [.. names.Where(name => DataFile.IsName(name)
                && !name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)
                && (part.Length == 0 || name == part || name.StartsWith($"{part}/", StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal)];
        if (known.Length == 0)
        {
            throw new InvalidDataException(
                $"The data set '{title}' has no file{(part.Length > 0 ? $" '{part}' or below it" : "")} that ends in "
                + $".json, .jsonl, .ndjson, .csv, .tsv or .parquet; it has {Excerpt.Of([.. names])}");
        }

        string[] training = [.. known.Where(name => name == part || TrainingName().IsMatch(name))];
        string[] chosen = training.Length > 0 ? training
            : known.Length == 1 && !OtherName().IsMatch(known[0]) ? known : [];
        bool isOne = chosen.Select(name => (Path.GetDirectoryName(name), End(name))).Distinct().Count() == 1;
        return isOne ? chosen : throw new InvalidDataException(
            $"Which files of the data set '{title}' are to be read is not clear by their names: it has "
            + $"{Excerpt.Of(known)}; expected those of one folder and kind that begin with 'train': name one, such as "
            + $"hf://datasets/{title}/{known[0]}");
    }

    /// <summary>The parts of a name of the hub; null for what is none.</summary>
    private static (HubName Name, string? Revision, string Part)? Parse(string text)
    {
        var match = Address().Match(text);
        if (match.Success)
        {
            var (organization, name) = (match.Groups["organization"].Value, match.Groups["name"].Value);
            return (new HubName(organization, name) { IsDataset = true },
                match.Groups["revision"] is { Success: true } named ? named.Value : null, match.Groups["part"].Value);
        }

        int at = text.IndexOf('@', StringComparison.Ordinal);
        return !DataFile.IsName(text) && HubName.Parse(at < 0 ? text : text[..at]) is { } found
            ? (found with { IsDataset = true }, at < 0 ? null : text[(at + 1)..], "")
            : null;
    }

    private static string End(string name) =>
        Path.GetExtension(name) is ".gz" ? Path.GetExtension(name[..^3]) : Path.GetExtension(name);

    [GeneratedRegex(@"^hf://datasets/(?<organization>\w[\w.-]{0,95})/(?<name>\w[\w.-]{0,95})(@(?<revision>[^/]+))?"
        + @"(/(?<part>.+?))?/?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Address();

    [GeneratedRegex(@"(^|/)train(ing)?([-_.0-9/]|$)[^/]*$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex TrainingName();

    [GeneratedRegex(@"(^|[-_./])(test|valid(ation)?|dev|eval(uation)?)([-_./0-9]|$)",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex OtherName();
}
