using System.Diagnostics;
using System.Text.Json;
using LoNas.Elastic;
using LoNas.Runtime;
using LoNas.Text;
using LoNas.Text.Chat;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>
/// A conversation with a model that keeps keys and values between turns. Each turn renders all messages, takes over the
/// tokens that begin as those of the turn before, and runs the others: the answer is that of the whole text run anew,
/// ties of rounding aside. Where the sub-adapter was changed meanwhile nothing is taken over.
/// </summary>
public sealed class ChatSession : IDisposable
{
    private readonly ElasticModel _model;
    private readonly Func<Conversation, bool, string> _render;
    private readonly KeptTokens _kept;
    private GenerationOptions _options;
    private TokenSampler[]? _samplers;
    private SubAdapter? _active;

    /// <summary>A conversation without messages yet.</summary>
    /// <param name="model">The model, which must outlive the session and may be cut meanwhile.</param>
    /// <param name="template">How messages become text; <see cref="TemplateOf"/> finds it.</param>
    /// <param name="options">
    /// How answers are generated, greedy or sampled. Its end tokens come first; without any the model's own end an
    /// answer, and what the template writes behind one.
    /// </param>
    /// <param name="variables">Further variables of the template, such as <c>enable_thinking</c>.</param>
    /// <exception cref="ArgumentException">The options are out of range, or of beams.</exception>
    public ChatSession(
        ElasticModel model,
        ChatTemplate template,
        GenerationOptions options,
        IReadOnlyDictionary<string, JsonElement>? variables = null)
        : this(model, (conversation, begins) => template.Render(conversation, begins, variables).Text, options)
    {
    }

    internal ChatSession(ElasticModel model, Func<Conversation, bool, string> render, GenerationOptions options)
    {
        (_model, _render, _kept) = (model, render, new KeptTokens(model.Causal));
        _options = Checked(options);
    }

    /// <summary>The messages so far, which may be changed between turns.</summary>
    public IList<ChatMessage> Messages { get; } = [];

    /// <summary>The tools that the assistant may call; null for none.</summary>
    public JsonElement? Tools { get; set; }

    /// <summary>How answers are generated; what is set anew begins with its seed.</summary>
    /// <exception cref="ArgumentException">They are out of range, or of beams.</exception>
    public GenerationOptions Options
    {
        get => _options;
        set => (_options, _samplers) = (Checked(value), null);
    }

    /// <summary>Tokens whose keys and values are kept.</summary>
    public int KeptCount => _kept.Tokens.Count;

    /// <summary>The chat template of a model, or another one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="nameOrFile">
    /// A template's name, such as <c>chatml</c>, or its file; null for the one that the adapter was trained with, or
    /// else the model's.
    /// </param>
    /// <exception cref="InvalidDataException">There is none, or it uses what is not supported.</exception>
    public static ChatTemplate TemplateOf(ElasticModel model, string? nameOrFile = null) => nameOrFile is not null
        ? ChatTemplate.Load(nameOrFile, model.Folder.Path)
        : model.TrainedData?.ChatTemplate is { } trained
        ? ChatTemplate.Parse(trained, "of the adapter's training", model.Folder.Path)
        : ChatTemplate.Find(model.Folder.Path) ?? throw ChatTemplate.Missing(model.Name);

    /// <summary>Says something and takes the answer; both join <see cref="Messages"/>.</summary>
    /// <param name="text">What the user says.</param>
    /// <param name="onText">Called with each piece of the answer as it comes.</param>
    /// <param name="cancel">
    /// Stops between two tokens. What was said so far is the answer then; where nothing was, the message is taken back
    /// too.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// The template refuses the messages; they stay without this one.
    /// </exception>
    public ChatAnswer Say(string text, Action<string>? onText = null, CancellationToken cancel = default)
    {
        int before = Messages.Count;
        Messages.Add(new ChatMessage(ChatMessage.User, text));
        bool isAnswered = false;
        try
        {
            var answer = Answer(onText, cancel);
            isAnswered = answer.Ending != ChatEnding.Stopped || answer.Text.Length > 0;
            return answer;
        }
        finally
        {
            if (!isAnswered)
            {
                Messages.RemoveAt(before);
            }
        }
    }

    /// <summary>
    /// Answers the messages as they are; the answer joins them, unless it was stopped before it began.
    /// </summary>
    /// <inheritdoc cref="Say"/>
    public ChatAnswer Answer(Action<string>? onText = null, CancellationToken cancel = default)
    {
        var conversation = new Conversation([.. Messages]) { Tools = Tools };
        var prompt = ChatPrompt.Of(_model, conversation, _render);
        using var evaluation = no_grad();
        ForgetOtherModel();
        var answer = Write(prompt, onText, cancel);
        if (answer.Ending != ChatEnding.Stopped || answer.Text.Length > 0)
        {
            Messages.Add(new ChatMessage(ChatMessage.Assistant, answer.Text));
        }

        return answer;
    }

    /// <summary>Drops all keys and values: for a model whose weights were changed.</summary>
    public void Forget() => _kept.Keep(0);

    /// <summary>
    /// Measures how fast the model as it is cut now writes behind the conversation, whose tokens are kept for the next
    /// turn.
    /// </summary>
    /// <param name="tokens">Tokens that are written, and forgotten again.</param>
    /// <param name="cancel">Stops between two passes.</param>
    /// <returns>Tokens a second.</returns>
    public double MeasureSpeed(int tokens = 16, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        using var evaluation = no_grad();
        using var scope = NewDisposeScope();
        int[] said = [.. _kept.Tokens];
        ForgetOtherModel();
        int any = _model.Tokenizer.FoundBosId ?? 0;
        int[] missing = [.. said.Skip(KeptCount), any];
        StepLogits.Of(Next(missing, cancel), 1); // not measured: what is done once
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < tokens; i++)
        {
            StepLogits.Of(Next([any], cancel), 1);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _kept.Keep(said.Length);
        return tokens / seconds;
    }

    /// <summary>Drops what is kept; the model stays.</summary>
    public void Dispose() => _kept.Dispose();

    private GenerationOptions Checked(GenerationOptions options)
    {
        options.Validate(_model.Causal.CacheShape.VocabularySize);
        return options is { BeamCount: 1, ReturnCount: 1, MaxNewTokens: > 0 }
            ? options
            : throw new ArgumentException(
                $"An answer is one sequence of at least one token; num_beams is {options.BeamCount}, "
                + $"num_return_sequences {options.ReturnCount} and max_new_tokens {options.MaxNewTokens}");
    }

    private void ForgetOtherModel()
    {
        if (!Equals(_active, _model.Adapter.Active))
        {
            _active = _model.Adapter.Active;
            Forget();
        }
    }

    private ChatAnswer Write(ChatPrompt prompt, Action<string>? onText, CancellationToken cancel)
    {
        int[] given = [.. prompt.Ids];
        int reused = _kept.CutTo(given);
        var options = _options.EosIds.Count > 0 ? _options : _options with { EosIds = prompt.EosIds };
        var decoding = new TokenByToken(given, options, _samplers ??= Samplers(options), null);
        var text = new AnswerText(_options.EosIds.Count > 0 ? null : prompt.EndText);
        // What a token looks like depends on those before it: the prompt goes through the decoder too.
        var pieces = new TokenStream(_model.Tokenizer);
        Array.ForEach(given, id => pieces.Push(id));
        var ids = new List<int>();
        var ending = ChatEnding.Stopped;
        long start = Stopwatch.GetTimestamp();
        long first = start;
        try
        {
            int[] next = given[reused..];
            while (!decoding.IsDone && !text.IsEnded && ids.Count < options.MaxNewTokens)
            {
                Step(decoding, next, cancel);
                first = ids.Count == 0 ? Stopwatch.GetTimestamp() : first;
                next = decoding.LastTokens;
                ids.AddRange(next);
                Tell(text.Push(pieces.Push(next[0])));
            }

            ending = decoding.IsDone || text.IsEnded ? ChatEnding.Ended : ChatEnding.Length;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }

        long end = Stopwatch.GetTimestamp();
        Tell(text.IsEnded ? "" : text.Finish(pieces.Flush()));
        return new ChatAnswer(text.ToString(), ending)
        {
            Ids = ids,
            ReusedTokens = reused,
            ComputedTokens = given.Length - reused,
            PromptTime = Stopwatch.GetElapsedTime(start, first),
            AnswerTime = Stopwatch.GetElapsedTime(first, end),
        };

        void Tell(string piece)
        {
            if (piece.Length > 0)
            {
                onText?.Invoke(piece);
            }
        }
    }

    private void Step(TokenByToken decoding, int[] next, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        decoding.Step(new LogitRows(StepLogits.Of(Next(next, cancel), decoding.Candidates), 0, 1));
    }

    /// <summary>The logits behind some tokens, [1, V], in the caller's scope.</summary>
    private Tensor Next(int[] tokens, CancellationToken cancel) => _model.Causal.Logits(_kept.Run(tokens, cancel));

    /// <summary>As one prompt is sampled alone; a session's answers go on drawing from it.</summary>
    private static TokenSampler[]? Samplers(GenerationOptions options) => options.Sampling is not { } sampling ? null
        : [new TokenSampler(sampling, new SeededRandom(new SeededRandom(sampling.Seed).NextSeed()))];
}
