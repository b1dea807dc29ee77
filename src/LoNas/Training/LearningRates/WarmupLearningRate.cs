namespace LoNas.Training.LearningRates;

/// <summary>
/// The learning rate of plain LoRA: the schedules of Hugging Face's <c>TrainingArguments</c> as functions of the
/// optimizer step.
/// </summary>
public sealed record WarmupLearningRate
{
    private static readonly Dictionary<string, Func<WarmupLearningRate, int, double>> Shapes = new()
    {
        ["constant"] = (_, _) => 1,
        ["constant_with_warmup"] = (schedule, step) => schedule.WarmUp(step, 1),
        ["linear"] = (schedule, step) => schedule.WarmUp(step, schedule.Remaining(step)),
        ["cosine"] = (schedule, step) =>
            schedule.WarmUp(step, Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * schedule.Progress(step))))),
    };

    /// <summary>A schedule by its Hugging Face name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="learningRate">The rate after the warm-up.</param>
    /// <param name="totalSteps">Optimizer steps in all.</param>
    /// <param name="warmupSteps">Optimizer steps of warm-up; where 0, <paramref name="warmupRatio"/> holds.</param>
    /// <param name="warmupRatio">The share of all steps that is warm-up, rounded up.</param>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public WarmupLearningRate(string name, double learningRate, int totalSteps, int warmupSteps = 0, double warmupRatio = 0)
    {
        if (!Shapes.ContainsKey(name))
        {
            throw new ArgumentException(
                $"The learning-rate schedule '{name}' is not supported; choose one of {string.Join(", ", Names)}");
        }

        Name = name;
        LearningRate = learningRate;
        TotalSteps = totalSteps;
        WarmupSteps = warmupSteps > 0 ? warmupSteps : (int)Math.Ceiling(totalSteps * warmupRatio);
    }

    /// <summary>The schedules' names.</summary>
    public static IReadOnlyCollection<string> Names => Shapes.Keys;

    /// <summary>The schedule's name.</summary>
    public string Name { get; }

    /// <summary>The rate after the warm-up.</summary>
    public double LearningRate { get; }

    /// <summary>Optimizer steps in all.</summary>
    public int TotalSteps { get; }

    /// <summary>Optimizer steps of linear warm-up from 0.</summary>
    public int WarmupSteps { get; }

    /// <summary>The rate in force for an optimizer step, from 0.</summary>
    public double At(int step) => LearningRate * Shapes[Name](this, step);

    private double WarmUp(int step, double after) => step < WarmupSteps ? (double)step / Math.Max(1, WarmupSteps) : after;

    /// <summary>The share of the steps after the warm-up that is left.</summary>
    private double Remaining(int step) =>
        Math.Max(0, (double)(TotalSteps - step) / Math.Max(1, TotalSteps - WarmupSteps));

    /// <summary>The share of the steps after the warm-up that is done.</summary>
    private double Progress(int step) => (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps);
}
