package io.github.lightning4j.cpu.arithmetic;

/** Pairs of products whose sum stays in registers. */
interface Pairs {
    /**
     * {@link Products#multiplyBoth} where whole register blocks cover C.
     *
     * @return whether they do; otherwise nothing was done
     */
    boolean multiplyBoth(
            Products.Band band,
            Finish weigh,
            float[] a,
            int aRow,
            float[] b,
            int k,
            float[] a2,
            int a2Row,
            int a2Col,
            float[] b2,
            int ld,
            float[] c,
            int m,
            int n);
}
