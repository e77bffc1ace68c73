package io.github.lightning4j.results.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void coloursAndLineBreaksOfOthersAreLeftOut() {
        assertEquals(
                "(x: no platform. Next.)",
                Words.inOneLine("(x: \u001b[31m\u001b[1;4mno platform.\u001b[0m \r\n  Next.)\n"));
        assertEquals("a\nb", Words.uncoloured("\u001b[0ma\nb"));
    }
}
