namespace LoNas.Text.Jinja;

/// <summary>
/// A template of the part of Jinja that chat templates use, read once. It may be rendered by several threads at once.
/// </summary>
internal sealed class JinjaTemplate
{
    private const long LeastWork = 4_000_000;

    private readonly string _source;
    private readonly Block _body;

    /// <exception cref="JinjaException">It is no template, or uses what is not supported.</exception>
    public JinjaTemplate(string source)
    {
        _source = TemplateLexer.Normalized(source);
        _body = TemplateParser.Read(_source);
    }

    /// <summary>What it writes.</summary>
    /// <param name="variables">Its variables.</param>
    /// <param name="size">About how many characters they hold, by which it may do more.</param>
    /// <param name="now">The time of <c>strftime_now</c>.</param>
    /// <exception cref="JinjaException">It refuses the variables, or can't do with them what it wants.</exception>
    public Rendering Render(IEnumerable<KeyValuePair<string, object?>> variables, long size, Func<DateTime> now)
    {
        var scope = new Scope(null);
        foreach (var (name, value) in variables)
        {
            if (string.IsInterned(name) is { } known)
            {
                scope.Set(known, value);
            }
        }

        var rendering = new Rendering(LeastWork + (16 * size), now);
        try
        {
            rendering.Run(_body, scope);
            return rendering;
        }
        catch (JinjaException error) when (error.Offset < 0 && error is not JinjaRefusalException)
        {
            throw new JinjaException(error.Message, rendering.Offset);
        }
    }

    /// <summary>A place of a template, for messages.</summary>
    public static string Place(string source, int offset)
    {
        var before = TemplateLexer.Normalized(source) is var text && offset < text.Length ? text[..offset] : text;
        int line = before.LastIndexOf('\n') + 1;
        return $"line {before.AsSpan().Count('\n') + 1}, column {CodePoints.Count(before[line..]) + 1}";
    }

    /// <summary>A place of this template, for messages.</summary>
    public string Place(int offset) => Place(_source, offset);
}
