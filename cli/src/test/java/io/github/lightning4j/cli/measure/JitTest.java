package io.github.lightning4j.cli.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class JitTest {
    /** As JDK 25 says it. */
    private static final String IDLE =
            """
            Current compiles:\s

            C1 compile queue:
            Empty

            C2 compile queue:
            Empty

            """;

    private static int sum(int[] numbers) {
        int sum = 0;
        for (int x : numbers) {
            sum += x * sum + x;
        }
        return sum;
    }

    @Test
    void aMethodInAQueueOrAtWorkIsWork() {
        assertTrue(Jit.isEmpty(IDLE));
        assertTrue(Jit.isEmpty(""));
        assertFalse(
                Jit.isEmpty(
                        IDLE.replace(
                                "Current compiles: \n",
                                "Current compiles: \n"
                                    + "C2 CompilerThread0 1765       4      "
                                    + " io.github.lightning4j.cpu.Gemm::multiply (155 bytes)\n")));
        assertFalse(
                Jit.isEmpty(
                        IDLE.replaceFirst(
                                "Empty",
                                "1770  s!   3       java.lang.String::compareTo (63 bytes)")));
    }

    @Test
    void thisJvmTellsWhatItCompiles() {
        String queue = Jit.queue();
        assertTrue(queue.contains("compile queue:"), queue);
    }

    /** The JIT of this process: at work where methods become hot, and done with them some day. */
    @Test
    @Timeout(1800)
    void theJitOfThisProcess() throws InterruptedException {
        Jit jit = new Jit();
        int[] numbers = new int[1000];
        int sum = 0;
        do {
            sum += sum(numbers);
            assertFalse(Thread.interrupted(), "it is never at work");
        } while (jit.isIdle());
        assertEquals(0, sum);
        while (!jit.isIdle()) {
            Thread.sleep(50);
        }
    }
}
