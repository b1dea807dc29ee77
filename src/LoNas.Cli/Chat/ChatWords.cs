using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Generation;
using LoNas.Storage;

namespace LoNas.Cli.Chat;

/// <summary>The commands within a chat. What they say is no answer, and goes to standard error.</summary>
internal sealed class ChatWords
{
    private const string NoSubAdapter = "none";

    private readonly ChatSession _session;
    private readonly ElasticModel _model;
    private readonly ChatOptions _options;
    private readonly ChatTurns _turns;
    private readonly ConsoleReporter _notes;
    private readonly Word[] _words;
    private string _subAdapter;

    /// <param name="session">The conversation.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The command's options.</param>
    /// <param name="turns">Its turns.</param>
    /// <param name="console">Where notes go.</param>
    public ChatWords(
        ChatSession session, ElasticModel model, ChatOptions options, ChatTurns turns, ConsoleReporter console)
    {
        (_session, _model, _options, _turns, _notes) = (session, model, options, turns, console.OnError());
        _subAdapter = model.Chosen?.Name ?? NoSubAdapter;
        _words =
        [
            new(
                "/sub_adapter", "NAME|FILE",
                "cut to maximal, heuristic, minimal or a sub-adapter's file; none: nothing is cut", Cut),
            new("/system", "TEXT", "set the system message; without a text show it", SetSystem),
            new("/reset", "", "forget the conversation, but for the system message", _ => Reset()),
            new("/save", "FILE", "write the messages as JSON, for --messages and for training", Save),
            new("/help", "", "list the commands", _ => Help()),
            new("/exit", "", "end the chat", _ => { }),
        ];
    }

    /// <summary>Whether a line is a command: it begins with one slash.</summary>
    public static bool IsCommand(string line) =>
        line.StartsWith('/') && !line.StartsWith("//", StringComparison.Ordinal);

    /// <summary>Runs a command; gives whether the chat goes on.</summary>
    /// <exception cref="ArgumentException">There is no such command, or its argument is wrong.</exception>
    public bool Run(string line)
    {
        string[] parts = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        var word = Array.Find(_words, each => each.Name == parts[0]) ?? throw Unknown(parts[0]);
        var argument = parts.Length > 1 ? parts[1].Trim() : "";
        if (word.Argument.Length == 0 && argument.Length > 0)
        {
            throw new ArgumentException($"{word.Name} takes nothing behind it; found '{Excerpt.Of(argument)}'");
        }

        word.Run(argument);
        return word.Name != "/exit";
    }

    private ArgumentException Unknown(string given)
    {
        var names = _words.Select(word => word.Name).ToArray();
        var hint = NearestName.Find(given, names) is { } near
            ? $"did you mean {near}?"
            : $"commands: {string.Join(", ", names)}.";
        return new ArgumentException(
            $"unknown command '{Excerpt.Of(given)}'; {hint} A message that begins with / is written with //");
    }

    private void Cut(string name)
    {
        if (name.Length > 0 && name != NoSubAdapter && !SubAdapterChoice.IsName(name))
        {
            throw new ArgumentException(
                $"'{Excerpt.Of(name)}' is no sub-adapter; expected {SubAdapterChoice.Maximal}, "
                + $"{SubAdapterChoice.Heuristic}, {SubAdapterChoice.Minimal}, {NoSubAdapter}, a file that ends in "
                + ".json, or FRONT.json#N");
        }

        if (name.Length > 0)
        {
            var chosen = name == NoSubAdapter ? null : _model.Choose(new SubAdapterChoice(name));
            _model.Adapter.Activate(chosen?.SubAdapter);
            _subAdapter = chosen?.Name ?? NoSubAdapter;
        }

        long macs = _model.CostOf(_model.Adapter.Active).Macs;
        double share = 100.0 * macs / _model.CostOf(null).Macs;
        double? speed = _turns.Stoppable(stop => Measure(stop));
        var amount = ShortNumber.Of(macs.ToString("N0", CultureInfo.InvariantCulture));
        _notes.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{_subAdapter}: {amount} MACs for {_model.SampleTokens} tokens ({share:F1} % of all)")
            + (speed is { } rate ? string.Create(CultureInfo.InvariantCulture, $", {rate:F1} tokens/s") : ""));
    }

    private double? Measure(CancellationToken stop)
    {
        try
        {
            return _session.MeasureSpeed(cancel: stop);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private void SetSystem(string text)
    {
        if (text.Length > 0)
        {
            _turns.System = text;
        }
        else
        {
            _notes.Line(_turns.System ?? "(no system message)");
        }
    }

    private void Reset()
    {
        var system = _turns.System;
        _session.Messages.Clear();
        _turns.System = system;
        _notes.Line("(a new conversation)");
    }

    private void Save(string file)
    {
        if (file.Length == 0)
        {
            throw new ArgumentException("/save needs the name of a file that is not there yet, such as chat.json");
        }

        if (Path.Exists(file) && !Directory.Exists(file))
        {
            throw new ArgumentException($"The file '{file}' exists already and stays as it is; give another name");
        }

        OutputFile.Require(file, overwrite: false, [_options.Model.ModelNameOrPath, _options.Adapter.LoraWeights]);
        var messages = _session.Messages.Select(message => message.Value.ToNode());
        JsonOutput.Save(file, new JsonObject { ["messages"] = new JsonArray([.. messages]) }, replace: false);
        _notes.Line($"saved {_session.Messages.Count} messages to {file}");
    }

    private void Help()
    {
        foreach (var word in _words)
        {
            _notes.Line($"{$"{word.Name} {word.Argument}",-23} {word.Description}");
        }

        _notes.Line("A message that begins with / is written with //.");
    }

    /// <summary>A command.</summary>
    private sealed record Word(string Name, string Argument, string Description, Action<string> Run);
}
