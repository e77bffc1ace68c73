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
                    "receipts.set(seals + TensorSeals.VALUES, (int) (Half2.lowFloat(valueSeal) + 128f *"
                            + " Half2.highFloat(valueSeal)));");
        }

        @Override
        void ask(JavaText java, int i) {
            java.line("Half2 v%da = v.getHalf2(vFrom%d * 4);", i, i);
            java.line("Half2 v%db = v.getHalf2(vFrom%d * 4 + 2);", i, i);
        }

        @Override
        void clear(JavaText java, int i) {
            for (String half : new String[] {"a", "b"}) {
                java.line("float v%d%sLow = Half2.lowFloat(v%d%s);", i, half, i, half);
                java.line("float v%d%sHigh = Half2.highFloat(v%d%s);", i, half, i, half);
                java.line("v%d%sLow = vInside ? v%d%sLow : 0f;", i, half, i, half);
                java.line("v%d%sHigh = vInside ? v%d%sHigh : 0f;", i, half, i, half);
            }
        }

        @Override
        String[] words(JavaText java, int i) {
            String[] x = floats(i);
            return new String[] {
                pair(java, "v" + i + "c", x[0], x[1]), pair(java, "v" + i + "d", x[2], x[3])
            };
        }

        @Override
        String[] floats(int i) {
            String v = "v" + i;
            return new String[] {v + "aLow", v + "aHigh", v + "bLow", v + "bHigh"};
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
        void ask(JavaText java, int i) {
            java.line("long v%d = v.get(vFrom%d);", i, i);
        }

        @Override
        void clear(JavaText java, int i) {
            java.line("v%d = vInside ? v%d : 0L;", i, i);
        }

        @Override
        String[] words(JavaText java, int i) {
            return new String[] {"(int) v" + i, "(int) (v%d >> 32)".formatted(i)};
        }

        @Override
        String[] floats(int i) {
            String[] x = new String[4];
            for (int j = 0; j < 4; j++) {
                x[j] = "BFloat16.bf16ToFloat((short) (v%d >> %d))".formatted(i, 16 * j);
            }
            return x;
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

    /** Asks memory for four neighbours in row {@code i} of the thread, from {@code vFrom}i on. */
    abstract void ask(JavaText java, int i);

    /** Makes them zeros unless {@code vInside}. */
    abstract void clear(JavaText java, int i);

    /** The names of the two ints that hold them. */
    abstract String[] words(JavaText java, int i);

    /** Them as floats: four expressions. */
    abstract String[] floats(int i);
}
