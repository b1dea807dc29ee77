using LoNas.Elastic;
using LoNas.Models;

namespace LoNas.Formats.Nncf;

/// <summary>
/// Checks a group that cuts outputs. Base and lora_B of a linear must be cut together, and so must all linears that
/// feed the same consumer. There must be a consumer, and its input must have the same size.
/// </summary>
internal sealed class OutputCheck(
    IReadOnlyDictionary<string, LinearShape> linears, int headSize, SearchSpaceErrors errors)
{
    public void Check(ElasticGroup group)
    {
        foreach (string path in group.Members.Select(member => member.ModulePath).Distinct())
        {
            RequireMember(group, path, AdapterPart.Base, "its lora_B is cut");
            if (linears[path].Rank > 0)
            {
                RequireMember(group, path, AdapterPart.LoraB, "its base is cut and it has an adapter");
            }

            if (ModelFamilies.FindCut(path) is { } found)
            {
                CheckConsumer(group, path, found);
            }
            else
            {
                errors.AddGroup(
                    group, $", '{path}': cutting its output is not supported, as no linear is known that follows");
            }
        }
    }

    private void CheckConsumer(ElasticGroup group, string path, FoundCut found)
    {
        string consumer = found.Consumer;
        foreach (string producer in found.Producers.Where(linears.ContainsKey))
        {
            RequireMember(group, producer, AdapterPart.Base, $"it feeds '{consumer}' together with '{path}'");
        }

        long? input = linears.GetValueOrDefault(consumer)?.In;
        if (input != linears[path].Width)
        {
            errors.AddGroup(group, $", '{path}': its {linears[path].Width} outputs need '{consumer}' to follow, which "
                + (input is null ? "the model lacks" : $"takes {input}"));
        }

        foreach (int width in group.Widths.Where(width => found.Cut.Kind == CutKind.Heads && width % headSize != 0))
        {
            errors.AddList(group, $"{width} is no multiple of the head size {headSize}; only whole heads can be cut");
        }
    }

    private void RequireMember(ElasticGroup group, string path, AdapterPart part, string reason)
    {
        var member = new GroupMember(path, part);
        if (!group.Members.Contains(member))
        {
            errors.AddGroup(group, $" lacks {member}: {reason}; add it");
        }
    }
}
