package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.InProcess.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LightningCommandTest {
    private static Outcome broken(String error, String... more) {
        String[] args = {
            "run", "-d", "wrong:" + error, "-N", "4", "-H", "1", "-D", "4", "-q", "--warm-up", "0"
        };
        String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return InProcess.run(all);
    }

    @ParameterizedTest
    @CsvSource({
        "java.lang.StackOverflowError, 3",
        "java.lang.InternalError, 3",
        "java.lang.NoClassDefFoundError, 3",
        "java.lang.ExceptionInInitializerError, 3",
        "java.lang.OutOfMemoryError, 3",
        "java.lang.AssertionError, 3"
    })
    void anErrorIsOneLineAndACode(String error, int code) {
        Outcome outcome = broken(error);
        assertEquals(code, outcome.exit(), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().startsWith("lightning: "), outcome.err());
        assertEquals("", outcome.out());
    }

    @Test
    void itsTraceIsThereWithDebugAlone() {
        String error = "java.lang.StackOverflowError";
        assertFalse(broken(error).err().contains("\tat "));
        assertTrue(broken(error, "--debug").err().contains("\tat "));
    }

    @Test
    void whatAnArgumentHoldsReachesTheTerminalQuoted() {
        Outcome outcome = InProcess.run("run", "--device", "\u001b[31mx\u0007\nlightning: ok");
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertFalse(outcome.err().contains("\u001b"), outcome.err());
        assertFalse(outcome.err().contains("\u0007"), outcome.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "run --heads 1099511627776 | heads is 1099511627776; it must be 1 ... 1048576",
                "bench -H 1048577 | heads is 1048577; it must be 1 ... 1048576",
                "slopes --heads=-1099511627776 | heads is -1099511627776; it must be 1 ... 1048576",
                "run -D 1099511627776 | keyDim is 1099511627776; it must be 1 ... 1024",
                "run -E 4294967297 | valueDim is 4294967297; it must be 1 ... 1024",
                "run --batch 1099511627776 | '1099511627776' is too large; the largest is"
                        + " 2147483647",
                "run --seed 1e3 | '1e3' is no whole number",
                "run --threads four | 'four' is no whole number",
                "run --scale half | 'half' is no number"
            })
    void numbersThatAreNoneOrTooLargeAreSaidInWords(String line, String why) {
        Outcome outcome = InProcess.run(line.split(" "));
        assertEquals(2, outcome.exit());
        assertTrue(outcome.err().contains(why), outcome.err());
    }
}
