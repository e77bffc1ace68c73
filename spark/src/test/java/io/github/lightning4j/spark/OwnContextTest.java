package io.github.lightning4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

import java.util.List;

class OwnContextTest {
    private static final SparkConf CONF =
            new SparkConf()
                    .setMaster("local[1]")
                    .setAppName("lightning4j")
                    .set("spark.ui.enabled", "false");

    @Test
    void aContextIsStoppedWholeByAThreadThatIsInterrupted() {
        OwnContext first = new OwnContext(CONF);
        Thread.currentThread().interrupt();
        first.close();
        assertTrue(Thread.interrupted(), "who interrupted it must not be forgotten");
        assertTrue(first.context().sc().isStopped());
        // There is one at a time in a process, so this is refused while there is anything left.
        try (OwnContext next = new OwnContext(CONF)) {
            assertEquals(3, next.context().parallelize(List.of(1, 2, 3)).count());
        }
    }
}
