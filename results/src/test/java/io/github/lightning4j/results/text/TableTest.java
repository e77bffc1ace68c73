package io.github.lightning4j.results.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TableTest {
    private static Table table() {
        Table table = new Table("NAME", "N").numbers(1, 1);
        table.row("a\u001b[1mb\nc", "1");
        table.row("d|<e>", "1,000");
        return table;
    }

    @Test
    void numbersStandAtTheRightAndForeignTextIsSpelledOut() {
        assertEquals(
                "NAME       N\nab\\nc      1\nd|<e>  1,000\n",
                table().toString().replace(System.lineSeparator(), "\n"));
    }

    @Test
    void markdownHasNoMoreCellsThanTheTable() {
        assertEquals(
                "| NAME | N |\n|---|--:|\n| ab\\nc | 1 |\n| d\\|&lt;e> | 1,000 |\n",
                table().markdown());
    }
}
