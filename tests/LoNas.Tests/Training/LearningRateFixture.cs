using System.Text.Json;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Training;

/// <summary>Learning rates recorded from NNCF's own schedulers, at every micro-step.</summary>
internal static class LearningRateFixture
{
    public static JsonElement Case(string name) =>
        JsonInput.Load(Repository.Fixture("nncf_lr_schedule.json"), "fixture").GetProperty(name);

    public static int Integer(this JsonElement element, string key) => element.GetProperty(key).GetInt32();

    public static double Number(this JsonElement element, string key) => element.GetProperty(key).GetDouble();

    public static void AssertClose(double expected, double actual)
    {
        if (expected == 0)
        {
            Assert.Equal(0, actual);
            return;
        }

        Close.Relative("nncf_lr_schedule learning rates", expected, actual, 1e-12);
    }
}
