using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>The elastic dimensions a configuration lists; this project supports width alone.</summary>
internal static class ElasticDimensions
{
    /// <summary>The names in a list of dimensions; any but "width" is noted as an error.</summary>
    public static IReadOnlyList<string> Read(ConfigurationNode list)
    {
        var names = new List<string>();
        foreach (var item in list.Items())
        {
            if (item.Text() is not { } name)
            {
                continue;
            }

            names.Add(name);
            if (name != "width")
            {
                item.AddError($"the elastic dimension '{name}' is not supported; only \"width\" is: remove it");
            }
        }

        return names;
    }
}
