using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>
/// Pareto local search (Paquete et al. 2004). Neighbours of the current genome differ from it in one group, by one
/// width. The search moves to a neighbour that dominates the current genome or, when all neighbours are known, to the
/// next unexplored one of the front. It starts at the first initial genome, or else at the heuristic one.
/// </summary>
internal sealed class HillClimbing : ISearchAlgorithm
{
    private readonly SearchOptions _options;
    private readonly SeededRandom _random;
    private readonly AskedGenerations _generations = new();
    private readonly HashSet<int[]> _known = new(new GenomeComparer());
    private readonly Queue<int[]> _neighbours = new();
    private EvaluatedGenome? _current;

    public HillClimbing(SearchOptions options, SeededRandom random)
    {
        (_options, _random) = (options, random);
        int[] start = [.. options.Levels.Select(levels => (levels - 1) / 2)];
        foreach (var genome in options.InitialGenomes.DefaultIfEmpty(start).Where(_known.Add))
        {
            _neighbours.Enqueue(genome);
        }

        EnqueueNeighbours(_neighbours.Peek());
    }

    public IReadOnlyList<EvaluatedGenome> Evaluated => _generations.Evaluated;

    public IReadOnlyList<int[]> Ask() => _generations.Ask(Propose);

    public void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives)
    {
        var told = _generations.Tell(genomes, objectives);
        _current ??= told.FirstOrDefault();
        // The front leaves out what could not be measured, so it may be empty although a genome dominates the current
        // one.
        var better = ParetoFront.Of(
            told.Where(entry => NonDominatedSort.Dominates(entry.Objectives, _current!.Objectives)));
        if (better.Count > 0)
        {
            MoveTo(better[0]);
        }

        for (int tried = 0; _neighbours.Count == 0 && tried < Evaluated.Count; tried++)
        {
            ExploreFront();
        }
    }

    private List<int[]> Propose()
    {
        int count = Math.Min(_options.Description.Population, _options.Description.Evaluations - Evaluated.Count);
        var proposed = new List<int[]>(count);
        while (proposed.Count < count && _neighbours.TryDequeue(out var genome))
        {
            proposed.Add(genome);
        }

        return proposed;
    }

    /// <summary>
    /// Moves to the member of the front with the most unknown neighbours, the first of them on a tie.
    /// </summary>
    private void ExploreFront()
    {
        var next = ParetoFront.Of(Evaluated)
            .MaxBy(entry => Neighbours(entry.Genome).Count(genome => !_known.Contains(genome)));
        if (next is not null)
        {
            MoveTo(next);
        }
    }

    private void MoveTo(EvaluatedGenome entry)
    {
        _current = entry;
        // What was queued but not asked for may come up again as a neighbour of another genome.
        _known.ExceptWith(_neighbours);
        _neighbours.Clear();
        EnqueueNeighbours(entry.Genome);
    }

    private void EnqueueNeighbours(int[] genome)
    {
        var neighbours = Neighbours(genome).ToArray();
        foreach (int i in _random.Permutation(neighbours.Length))
        {
            if (_known.Add(neighbours[i]))
            {
                _neighbours.Enqueue(neighbours[i]);
            }
        }
    }

    private IEnumerable<int[]> Neighbours(int[] genome)
    {
        for (int k = 0; k < genome.Length; k++)
        {
            foreach (int gene in (int[])[genome[k] - 1, genome[k] + 1])
            {
                if (gene >= 0 && gene < _options.Levels[k])
                {
                    int[] neighbour = [.. genome];
                    neighbour[k] = gene;
                    yield return neighbour;
                }
            }
        }
    }
}
