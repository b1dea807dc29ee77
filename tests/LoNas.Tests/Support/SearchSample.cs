namespace LoNas.Tests.Support;

/// <summary>
/// A sample run with a trained adapter, on which tests run searches, each with its own output folder.
/// </summary>
public sealed class SearchSample : IDisposable
{
    private readonly SampleRun _sample = new(trainingRecords: 32);
    private int _folders;

    public SearchSample() => Assert.Equal(0, SampleRun.Run(_sample.Training(("val_set_size", "6"))).ExitCode);

    public string Adapter => _sample.Output;

    /// <summary>A new path for results.</summary>
    public string NewFolder() => Path.Combine(_sample.Folder, $"search-{Interlocked.Increment(ref _folders)}");

    /// <summary>A short search by accuracy. Given values replace the default flags; null removes a flag.</summary>
    public string[] Search(string output, params (string Flag, string? Value)[] changes) => _sample.Testing([
        ("do_test", null), ("dataset_path", _sample.Dataset), ("output_dir", output), ("do_search", "True"),
        ("val_set_size", "6"), ("num_evals", "8"), ("population", "4"), ("num_beams", "1"), ("max_new_tokens", "4"),
        .. changes]);

    /// <summary>A test of the adapter with more flags.</summary>
    public string[] Testing(params (string Flag, string? Value)[] changes) => _sample.Testing(changes);

    /// <summary>A command that trains and searches.</summary>
    public string[] Training(params (string Flag, string? Value)[] changes) => _sample.Training(changes);

    /// <summary>
    /// After few steps of training no answer is right. A search by accuracy must warn of this and of nothing else.
    /// </summary>
    public static void Succeeds(int exitCode, string error)
    {
        Assert.All(
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.StartsWith("warning: ref_acc - acc_delta is 0 - 0.01, not above 0", line));
        Assert.Equal(0, exitCode);
    }

    public void Dispose() => _sample.Dispose();
}
