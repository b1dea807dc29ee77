using System.Text.Json.Nodes;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Distributed;
using LoNas.Search;
using LoNas.Training;

namespace LoNas.Cli.Model;

/// <summary>What a run trains on and is judged by, read and checked before its model is opened.</summary>
internal abstract class RunData
{
    /// <summary>The processes that work on the run together; rank 0 alone writes.</summary>
    public ICollectives Ranks { get; set; } = SingleProcess.Instance;

    /// <summary>Where the training data are from, for plots and messages.</summary>
    public abstract string Source { get; }

    /// <summary>What a plot says of the training loss.</summary>
    public virtual string LossTitle => "loss (nats a token)";

    /// <summary>Records to train on, a limit applied; null where none are read.</summary>
    public abstract int? TrainingCount { get; }

    /// <summary>Records that a search judges by.</summary>
    public abstract int ValidationCount { get; }

    /// <summary>The files that are read, which nothing may replace; null for what is not given.</summary>
    public abstract IReadOnlyList<string?> Files { get; }

    /// <summary>The content of what is trained on, as part of what makes a run what it is.</summary>
    public abstract JsonObject TrainingIdentity();

    /// <summary>That of what is tested.</summary>
    public abstract JsonObject TestingIdentity();

    /// <summary>That of what a search judges by, and how it does.</summary>
    public abstract JsonObject SearchIdentity();

    /// <summary>How the model is opened for it.</summary>
    public abstract OpenOptions Opening(OpenOptions request);

    /// <summary>The examples that are trained on.</summary>
    public abstract TrainingData Encode(ElasticModel model);

    /// <summary>Measures the sub-adapter in force during a training; null: by the loss alone.</summary>
    public virtual Func<CancellationToken, ValidationFigures>? Judge(ElasticModel model, TrainingData data) => null;

    /// <summary>The search of a model's sub-adapters.</summary>
    public abstract SubAdapterSearch NewSearch(ElasticModel model, SubAdapterSearchOptions wanted, string folder);

    /// <summary>The files that a test writes.</summary>
    public abstract IEnumerable<string> ResultNames(ChosenSubAdapter? chosen);

    /// <summary>Tests a sub-adapter.</summary>
    /// <param name="model">The model.</param>
    /// <param name="chosen">The sub-adapter; null where nothing is cut.</param>
    /// <param name="trained">Whether the adapter was trained just now.</param>
    /// <param name="console">Where it is shown.</param>
    /// <param name="cancel">Stops it.</param>
    public abstract void Test(
        ElasticModel model, ChosenSubAdapter? chosen, bool trained, ConsoleReporter console, CancellationToken cancel);

    /// <summary>What is trained on, in words.</summary>
    public abstract IEnumerable<string> DescribeTraining(TrainingData data);

    /// <summary>What is tested, in words.</summary>
    public abstract IEnumerable<string> DescribeTest(ElasticModel model, ChosenSubAdapter? chosen);

    /// <summary>The search that follows a training.</summary>
    /// <param name="adapter">The folder of the trained adapter.</param>
    public abstract NextStep SearchStep(string adapter);
}
