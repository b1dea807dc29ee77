namespace LoNas.Tests.Support;

/// <summary>Seeded damage to the bytes of a file: changed, lost, doubled and cut off.</summary>
internal static class Damage
{
    public static byte[] Of(byte[] bytes, Random random)
    {
        var result = bytes.ToList();
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(result.Count);
            switch (random.Next(4))
            {
                case 0:
                    result[at] = (byte)random.Next(256);
                    break;
                case 1:
                    result.RemoveRange(at, Math.Min(random.Next(1, 40), result.Count - at));
                    break;
                case 2:
                    result.InsertRange(at, result.GetRange(at, Math.Min(30, result.Count - at)));
                    break;
                default:
                    result = random.Next(4) == 0 ? result[..Math.Max(at, 1)] : result;
                    break;
            }

            if (result.Count == 0)
            {
                break;
            }
        }

        return [.. result];
    }
}
