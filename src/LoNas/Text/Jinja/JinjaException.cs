namespace LoNas.Text.Jinja;

/// <summary>What is wrong with a template, or what it can't do with its variables.</summary>
/// <param name="message">What is wrong, without a place.</param>
/// <param name="offset">Where in the template; -1: where the rendering is.</param>
internal class JinjaException(string message, int offset = -1) : Exception(message)
{
    public int Offset { get; } = offset;
}

/// <summary>What a template says itself, by <c>raise_exception</c>.</summary>
internal sealed class JinjaRefusalException(string message) : JinjaException(message);
