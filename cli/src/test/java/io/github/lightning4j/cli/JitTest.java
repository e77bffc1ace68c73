package io.github.lightning4j.cli;

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

    /** The JIT of this process: at work where a method becomes hot, and done with it some day. */
    @Test
    @Timeout(60)
    void theJitOfThisProcess() throws InterruptedException {
        Jit jit = new Jit();
        int[] numbers = new int[1000];
        int sum = 0;
        boolean worked = false;
        while (!worked) {
            sum += sum(numbers);
            worked = !jit.isIdle();
        }
        assertTrue(sum == 0);
        while (!jit.isIdle()) {
            Thread.sleep(50);
        }
    }
}
