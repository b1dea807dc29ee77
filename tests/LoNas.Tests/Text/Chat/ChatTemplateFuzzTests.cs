using System.Diagnostics;
using LoNas.MutationTests.Mutations;
using LoNas.Tests.Support;
using LoNas.Text.Chat;

namespace LoNas.Tests.Text.Chat;

/// <summary>Some damaged templates; LoNas.MutationTests has a hundred thousand.</summary>
public sealed class ChatTemplateFuzzTests
{
    private const int Inputs = 1500;

    [Fact]
    public void Render_DamagedTemplates_RenderOrGiveOneClearError()
    {
        using var folder = new TemporaryFolder();
        var mutator = new TemplateMutator([.. ChatFixture.Root.GetProperty("templates").EnumerateObject()
            .Select(template => template.Value.GetString()!)]);
        string[] names = [.. ChatFixture.Root.GetProperty("conversations").EnumerateObject().Select(c => c.Name)];
        int refused = 0;
        for (int i = 0; i < Inputs; i++)
        {
            File.WriteAllBytes(folder.Path("t.jinja"), mutator.Mutate(new Random(i)));
            long start = Stopwatch.GetTimestamp();
            try
            {
                ChatTemplate.Load(folder.Path("t.jinja"), null).WithTokens("<s>", "</s>")
                    .Render(ChatFixture.Conversation(names[i % names.Length], hasTools: i % 2 == 0), i % 3 == 0);
            }
            catch (InvalidDataException error)
            {
                refused++;
                Assert.InRange(error.Message.Length, 1, 1000);
            }

            // The bound of one is two seconds; the machine may be busy.
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), $"case {i} took too long");
        }

        Assert.InRange(refused, Inputs / 20, Inputs - (Inputs / 20));
    }
}
