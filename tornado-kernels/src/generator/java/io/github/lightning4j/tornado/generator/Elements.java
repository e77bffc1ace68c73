package io.github.lightning4j.tornado.generator;

/** The two dtypes of 16 bits: what differs between their kernels. */
enum Elements {
    /** Half precision: the device rounds and multiplies it. */
    F16("f16", "mma") {
        @Override
        String pair(JavaText java, String name, String low, String high) {
            // Nothing may stand between the creation of a HalfFloat and its constructor.
            java.line("float %sLow = %s;", name, low);
            java.line("float %sHigh = %s;", name, high);
            java.line("HalfFloat %sLowHalf = new HalfFloat(%sLow);", name, name);
            java.line("HalfFloat %sHighHalf = new HalfFloat(%sHigh);", name, name);
            java.line("int %sLowBits = %sLowHalf.getHalfFloatValue();", name, name);
            java.line("int %sHighBits = %sHighHalf.getHalfFloatValue();", name, name);
            java.line("int %s = (%sLowBits & 0xffff) | (%sHighBits << 16);", name, name, name);
            return name;
        }

        @Override
        String array() {
            return "HalfFloatArray";
        }

        @Override
        void seal(JavaText java) {
            // Two halves that are exact: a seal's last seven bits, and what is before them.
            java.line("Half2 valueSeal = v.getHalf2(valuesEnd * 4);");
            java.line(
                    "receipts.set(seals + TensorSeals.VALUES, (int) (Half2.lowFloat(valueSeal) +"
                            + " 128f * Half2.highFloat(valueSeal)));");
        }

        @Override
        void ask(JavaText java, String x) {
            java.line("Half2 %sa = v.getHalf2(%sFrom * 4);", x, x);
            java.line("Half2 %sb = v.getHalf2(%sFrom * 4 + 2);", x, x);
        }

        @Override
        void clear(JavaText java, String x, String inside) {
            for (String half : new String[] {x + "a", x + "b"}) {
                java.line("float %sLow = Half2.lowFloat(%s);", half, half);
                java.line("float %sHigh = Half2.highFloat(%s);", half, half);
                java.line("%sLow = %s ? %sLow : 0f;", half, inside, half);
                java.line("%sHigh = %s ? %sHigh : 0f;", half, inside, half);
            }
        }

        @Override
        String[] words(JavaText java, String x) {
            String[] f = floats(x);
            return new String[] {pair(java, x + "c", f[0], f[1]), pair(java, x + "d", f[2], f[3])};
        }

        @Override
        String[] floats(String x) {
            return new String[] {x + "aLow", x + "aHigh", x + "bLow", x + "bHigh"};
        }
    },

    /** bfloat16: rounded by integer arithmetic, because TornadoVM names no instruction for it. */
    BF16("bf16", "mmaBF16") {
        @Override
        String pair(JavaText java, String name, String low, String high) {
            // By way of longs, because arithmetic on a short has the type short in TornadoVM's C.
            java.line("long %sLow = BFloat16.bf16FromFloat(%s);", name, low);
            java.line("long %sHigh = BFloat16.bf16FromFloat(%s);", name, high);
            java.line("int %s = (int) ((%sLow & 0xffffL) | (%sHigh << 16));", name, name, name);
            return name;
        }

        @Override
        String array() {
            return "LongArray";
        }

        @Override
        void seal(JavaText java) {
            java.line("receipts.set(seals + TensorSeals.VALUES, (int) v.get(valuesEnd));");
        }

        @Override
        void ask(JavaText java, String x) {
            java.line("long %s = v.get(%sFrom);", x, x);
        }

        @Override
        void clear(JavaText java, String x, String inside) {
            java.line("%s = %s ? %s : 0L;", x, inside, x);
        }

        @Override
        String[] words(JavaText java, String x) {
            return new String[] {"(int) " + x, "(int) (%s >> 32)".formatted(x)};
        }

        @Override
        String[] floats(String x) {
            String[] f = new String[4];
            for (int j = 0; j < 4; j++) {
                f[j] = "BFloat16.bf16ToFloat((short) (%s >> %d))".formatted(x, 16 * j);
            }
            return f;
        }
    };

    private final String word;
    private final String product;

    Elements(String word, String product) {
        this.word = word;
        this.product = product;
    }

    /** What names of kernels begin with. */
    String word() {
        return word;
    }

    /** The method of a KernelContext that multiplies fragments. */
    String product() {
        return product;
    }

    /**
     * Rounds two floats into an int.
     *
     * @param name of the int
     * @param low the float of the lower half: an expression that computes, and does not only read
     * @param high that of the upper half
     * @return the name
     */
    abstract String pair(JavaText java, String name, String low, String high);

    /** The type of v: four numbers at a time, or two where they are to be computed with. */
    abstract String array();

    /** Reports the seal behind v. */
    abstract void seal(JavaText java);

    /** Asks memory for four neighbours of v, from {@code x}From on; {@code x} is their name. */
    abstract void ask(JavaText java, String x);

    /** Makes them zeros unless {@code inside}. */
    abstract void clear(JavaText java, String x, String inside);

    /** The names of the two ints that hold them. */
    abstract String[] words(JavaText java, String x);

    /** Them as floats: four expressions. */
    abstract String[] floats(String x);
}
