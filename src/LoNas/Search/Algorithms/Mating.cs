using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>Makes offspring from parents: tournament, crossover, mutation, no duplicates.</summary>
internal sealed class Mating(
    IReadOnlyList<int> levels, SimulatedBinaryCrossover crossover, PolynomialMutation mutation, SeededRandom random)
{
    /// <summary>Rounds of mating before a space counts as exhausted, as in pymoo.</summary>
    private const int Rounds = 100;

    /// <summary>
    /// Up to <paramref name="count"/> genomes that are not in <paramref name="known"/>; they are added to it.
    /// </summary>
    /// <param name="parents">The population.</param>
    /// <param name="count">Offspring wanted.</param>
    /// <param name="known">Genomes that must not occur again.</param>
    public List<int[]> Offspring(Population parents, int count, HashSet<int[]> known)
    {
        var offspring = new List<int[]>(count);
        for (int round = 0; round < Rounds && offspring.Count < count; round++)
        {
            int pairs = (count - offspring.Count + 1) / 2;
            var winners = BinaryTournament.Select(parents.Objectives, parents.Crowding, 2 * pairs, random);
            for (int pair = 0; pair < pairs; pair++)
            {
                var children = crossover.Cross(
                    parents.Genomes[winners[2 * pair]], parents.Genomes[winners[(2 * pair) + 1]], levels, random);
                Add(children.First, count, offspring, known);
                Add(children.Second, count, offspring, known);
            }
        }

        return offspring;
    }

    private void Add(int[] child, int count, List<int[]> offspring, HashSet<int[]> known)
    {
        mutation.Mutate(child, levels, random);
        if (offspring.Count < count && known.Add(child))
        {
            offspring.Add(child);
        }
    }
}

/// <summary>Turns a real gene back into an allowed integer.</summary>
internal static class RoundingRepair
{
    /// <summary>
    /// The nearest integer from 0 to <paramref name="maximum"/>; halves are rounded to even, as in numpy.
    /// </summary>
    public static int Apply(double gene, int maximum) => (int)Math.Round(Math.Clamp(gene, 0, maximum));
}
