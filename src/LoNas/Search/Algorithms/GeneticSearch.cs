using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>NSGA-II (Deb et al. 2002) with the operators of pymoo 0.6.0.1, as in the reference.</summary>
internal sealed class Nsga2(SearchOptions options, SeededRandom random) : ISearchAlgorithm
{
    private readonly GeneticSearch _search = new(
        options, random, (objectives, count) => RankAndCrowdingSurvival.Pick(objectives, count, random));

    public IReadOnlyList<EvaluatedGenome> Evaluated => _search.Evaluated;

    public IReadOnlyList<int[]> Ask() => _search.Ask();

    public void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives) =>
        _search.Tell(genomes, objectives);
}

/// <summary>R-NSGA-II (Deb and Sundar 2006): NSGA-II that prefers the neighbourhood of aspiration points.</summary>
internal sealed class RNsga2(SearchOptions options, SeededRandom random) : ISearchAlgorithm
{
    private readonly GeneticSearch _search = new(
        options,
        random,
        new ReferencePointSurvival(
            options.Description.AspirationPoints,
            options.Description.Epsilon,
            options.Description.Weights,
            options.Description.ExtremePoints).Pick);

    public IReadOnlyList<EvaluatedGenome> Evaluated => _search.Evaluated;

    public IReadOnlyList<int[]> Ask() => _search.Ask();

    public void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives) =>
        _search.Tell(genomes, objectives);
}

/// <summary>
/// The generations of NSGA-II: parents mate, offspring are evaluated, and the survivors of both are the next parents.
/// There are evaluations / population generations, as in the reference.
/// </summary>
/// <param name="options">The options.</param>
/// <param name="random">Draws everything that is random.</param>
/// <param name="survive">Picks up to a number of survivors by their objectives, [N, 2].</param>
internal sealed class GeneticSearch(
    SearchOptions options, SeededRandom random, Func<IReadOnlyList<double[]>, int, Survivors> survive)
{
    private readonly AskedGenerations _generations = new();
    private readonly int _size = options.Description.Population;
    private readonly int _last = options.Description.Evaluations / options.Description.Population;
    private readonly Mating _mating = new(
        options.Levels,
        new SimulatedBinaryCrossover(options.Description.CrossoverProbability, options.Description.CrossoverEta),
        new PolynomialMutation(options.Description.MutationProbability, options.Description.MutationEta),
        random);

    private readonly SurrogateChoice? _surrogate =
        options.Surrogate ? new SurrogateChoice(options.Levels, options.ExactCost, random) : null;

    private Population? _parents;

    public IReadOnlyList<EvaluatedGenome> Evaluated => _generations.Evaluated;

    public IReadOnlyList<int[]> Ask() => _generations.Ask(Propose);

    public void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives)
    {
        var told = _generations.Tell(genomes, objectives);
        if (told.Count == 0)
        {
            return;
        }

        int[][] all = [.. _parents?.Genomes ?? [], .. told.Select(entry => entry.Genome)];
        double[][] values = [.. _parents?.Objectives ?? [], .. told.Select(entry => entry.Objectives)];
        var survivors = survive(values, _size);
        _parents = new Population(
            [.. survivors.Indices.Select(i => all[i])],
            [.. survivors.Indices.Select(i => values[i])],
            survivors.Crowding);
    }

    private IReadOnlyList<int[]> Propose()
    {
        if (_generations.Count == _last)
        {
            return [];
        }

        if (_parents is null)
        {
            return FirstGeneration();
        }

        if (_surrogate is null)
        {
            return _mating.Offspring(_parents, _size, new HashSet<int[]>(_parents.Genomes, new GenomeComparer()));
        }

        var known = Evaluated.Select(entry => entry.Genome).ToHashSet(new GenomeComparer());
        var candidates = _mating.Offspring(_parents, _size * SurrogateChoice.CandidatesPerOffspring, known);
        return _surrogate.Choose(Evaluated, candidates, _size);
    }

    private List<int[]> FirstGeneration()
    {
        var known = new HashSet<int[]>(new GenomeComparer());
        var first = options.InitialGenomes.Where(known.Add).Take(_size).ToList();
        first.AddRange(new IntegerSampling(options.Levels, random).Distinct(_size - first.Count, known));
        return first;
    }
}

/// <summary>The individuals that mate: row i of each list belongs to individual i.</summary>
internal sealed record Population(
    IReadOnlyList<int[]> Genomes, IReadOnlyList<double[]> Objectives, IReadOnlyList<double> Crowding);
