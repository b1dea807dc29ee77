using LoNas.Generation;

namespace LoNas.Tests.Generation;

public sealed class RowSlotsTests
{
    [Fact]
    public void Follow_BeamsThatDie_FreeTheirSlots()
    {
        var slots = new RowSlots(promptLength: 3, width: 2);
        Assert.Equal([3, 4], slots.Take());
        slots.Follow([0, 0]);

        // Slot 4 belonged to the beam that nobody continued.
        Assert.Equal([4, 5], slots.Take());
        slots.Follow([1, 0]);
        Assert.Equal([6, 7], slots.Take());

        Assert.Equal((8, 5), (slots.Width, slots.Position));
        Assert.Equal("11110110" + "11111001", Marks(slots, 8));
    }

    [Fact]
    public void Take_OneSequence_FillsSlotAfterSlot()
    {
        var slots = new RowSlots(promptLength: 2, width: 1);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal([2 + i], slots.Take());
            slots.Follow([0]);
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], slots.Positions);
    }

    private static string Marks(RowSlots slots, int width)
    {
        var marks = new bool[2 * width];
        slots.Mark(marks, width);
        return string.Concat(marks.Select(mark => mark ? '1' : '0'));
    }
}
