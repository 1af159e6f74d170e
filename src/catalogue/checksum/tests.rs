//! Published vectors and made-up tokens. The vectors stand in pieces, so that no token stands whole in a file.

use super::*;
use crate::catalogue::sample::try_expand;

type Vectors = &'static [(bool, &'static [&'static str])];

/// Check, its name in `rules.yaml`, and tokens: whether the check passes, and the pieces to join.
#[rustfmt::skip]
const VECTORS: &[(Check, &str, Vectors)] = &[
    (Check::Crc32B62, "crc32-b62-6", &[
        (true, &["ghp_wWPw5k4", "aXcaT4fNP0U", "cnZwJUVFk6L", "O0pINUx"]),
        (true, &["gho_aGgfQsQ", "52sImE9zwWx", "Kcjt2nhESfY", "G1U2FhX"]),
        (true, &["ghr_OWOCPzq", "Kuy3J4w53Qp", "kLfffjBUJSh", "5yLnFHj7wiy", "R0NDadVOcyk", "NkoqhoYYXM1", "yy2sOpAu0lG", "8fw"]),
        (true, &["npm_F9vPyNe", "zaajB1AMQfX", "JX2kOIUlVtg", "v4dsqMI"]),
        (true, &["npm_qkJaB6M", "ffYVzZXWqmc", "oF49yrUxP3w", "f0LsakP"]),
        (true, &["vcp_35UYJwY", "ZDigYATKhxJ", "UAhPqRhit2X", "e3dtiG60LsU", "THeklEXDQ94", "Jafpu"]),
        (true, &["vca_BQuu9Ch", "Du3n6Pfh6YQ", "nCshpoYkWDS", "FKogLqmBtQ0", "tC8NAA5rXt3", "40sjz"]),
        (false, &["ghs_16C7e42", "F292c69C2E7", "C10c838347A", "e178B4a"]),
        (true, &["salad_cloud", "_org_zYLYVp", "mHJ3oksnZ0l", "9RHJCf1ib2Q", "vJOJztWukwY", "jtjB1kDIGP"]),
        (true, &["salad_cloud", "_user_HZdqH", "USBFLJI7LZj", "o1UcDORHIdi", "8wet37OMP01", "YTep82tdimF"]),
        (true, &["nbp_abcdefg", "hij01234567", "89ABCDEFGHI", "J30qLFK"]),
        (true, &["polar_oat_a", "bcdefghij01", "23456789ABC", "DEFGHIJ0123", "4562k9HJB"]),
    ]),
    (Check::Crc32B62OfAll, "crc32-b62-6-of-all-before", &[
        (true, &["ddo_4nkT2Hn", "lnbPpGbW5RV", "E7DsIyfMJ3b", "N3YeqZT"]),
        (true, &["ddp_qz538MN", "yqwfETb1ikq", "eqHiqA9Aa9P", "v22yzmw"]),
    ]),
    (Check::Crc32B62LowerOfAll, "crc32-b62a-6-of-all-before", &[
        (true, &["apify_api_N", "cjXcxEz2XL1", "irjppyWSHvj", "ghalQOd1LXO", "Hv"]),
        (true, &["apify_api_9", "uyewBxQUF1E", "XWdKVc4lNaT", "SM461Ls4oQo", "uz"]),
        (true, &["ztlu_012345", "6789abcdefg", "hijABCDEFGH", "IJ29t1iO"]),
    ]),
    (Check::Crc32B62OfParts, "crc32-b62-6-of-parts-before", &[
        (true, &["syt_YWxpY2U", "_abcdefghij", "ABCDEFGHIJ_", "1Ygu31"]),
    ]),
    (Check::Crc32HexOfAll, "crc32-hex-of-all-before", &[
        (true, &["packagist_o", "rt_6675e11a", "686c692f3f2", "e3b6ce528c3", "d122d22d912", "ea69a20713c", "df51714ba71", "0ad74"]),
        (true, &["packagist_u", "ut_02f17e59", "17451dcdcc2", "995157e08ca", "c2976a03730", "97b95d7021b", "a7a68444379", "73421"]),
        (true, &["cnvcav3RRFk", "l36rsXClN3-", "Dsygjl_oGT1", "-xMhXV70oxn", "Gi6s811bfad", "a"]),
    ]),
    (Check::GrafanaCrc32, "grafana-crc32-le-hex", &[
        (true, &["glsa_yscW25", "imSKJIuav8z", "F37RZmnbiDv", "B05G_fcaaf5", "8a"]),
        (true, &["glsa_ThisI5", "NtTheTok3nY", "ou8reLo0k1n", "gF0r_0a2a3d", "f7"]),
    ]),
    (Check::Crc32HexOfBody, "crc32-hex-of-body", &[
        (true, &["cfut_ZE4Crc", "FhEIDXk9vL2", "sTLeARsFp2Z", "ZYbydVDhhIU", "q8573bbfe"]),
        (true, &["cfat_aAbBcC", "dDeEfFgGhHi", "IjJkKlLmMnN", "oOpPqQrRsSt", "T03fa099b"]),
        (true, &["zpka_3e6c4f", "7d39954ca29", "353b7ab8858", "9b64_de26cd", "55"]),
        (true, &["zpka_b3f94d", "8d3d4d4a6ea", "5c5b20d0a5b", "b407_18eb26", "2b"]),
    ]),
    (Check::GitlabRoutable, "gitlab-routable-crc32-b36", &[
        (true, &["glpat-bzox7", "9Of-KE9FD2L", "joXXF4CvyxA", ".01.0r0l8l6", "ir"]),
        (true, &["glpat-bzox7", "9Of-KE9FD2L", "joXXF4CvyxA", ".0r03gxo7s"]),
        (true, &["glpat-vSY1c", "yL948aAB440", "qB6L4zlu9Oz", "sUmEV.01.0w", "0sfevch"]),
    ]),
    (Check::Crc32HexUpperOfAll, "crc32-hex-upper-of-all-before", &[
        (true, &["ATATT3xFfGF", "0K3irG5tKKi", "-6u-wwaXQFe", "GwZ-IHR-hQ3", "CulkKtMSute", "RQFfLZ6jihH", "ThzZCg_UjnD", "t-4Wl_gIRf4", "zrZJs5Jqaeu", "BhsfJ4W5GD6", "yGg3W7903gb", "vaxZPBjxIQQ", "7BgFDSkPS8o", "Pispw4KLz56", "mdK-G6CIvLO", "6hHRrZHY0Q3", "tvJ6JxE=C63", "992E6"]),
        (true, &["ATCTT3xFfGN", "0eyq0kne3JV", "iBVaR5XhmCY", "I-3P5OwXu82", "WjbOscjhEeY", "ywA-NfMVGxU", "d4HPmS93ZWA", "FoWcmCeiTl0", "17IosZX52yZ", "fmdzIhQ2p5m", "O69aOIX6lbh", "NJHnJw7JFd4", "bGTyw9LQelA", "3s0XcI78l2D", "Zt13i38gZyA", "RfNxMLY0SOC", "MbF20bg=DD5", "CAD63"]),
        (true, &["ATATT3xFfGF", "0vNZ7oy6ON4", "KrWEzKEu96n", "-r2bCLOOcdO", "ADizvJqPd89", "yKyP853uTZS", "flBi1Lk1zD4", "60BqyMTa08V", "UEy8-oOzr1e", "sg3j_mZKZwA", "ELnRkCDTJZX", "hHsv5jaWHyA", "j4LRL-6h8LI", "-5MrYs4l7xX", "SaY8odQxDKJ", "B4hDvdkmuh6", "1xea2jE=002", "03E68"]),
        (true, &["ATCTT3xFfGN", "0zXtbKHz2PO", "F86xa-2aBiY", "C4o_T3-myk0", "1bmFVluUIFt", "Gm_VFQwLizp", "4o1FKw-AMZh", "tdA0Nzizshn", "A8WzRdfgv6G", "eTyowCD101o", "qKbJ4nx9DFs", "ar5YyUNkwO9", "maR9-00tQvf", "ciyfOHtPKG6", "K1d76Ki3iFo", "7roGeyJu4j1", "jM3GwQ4=EDD", "E81AD"]),
        (true, &["ATBBcCe6fcz", "W96Vzwgvb4r", "8F2gZS54D59", "1C4"]),
        (false, &["ATBB3g7gLXs", "eCxPjJs1CQN", "MyEjwf1D125", "16D"]),
    ]),
    (Check::ConfluentCrc32, "confluent-crc32-le-b64", &[
        (true, &["cfltqPLd2lL", "PAtWtHGNhN3", "2WlZxoEj30p", "cg8mzaPlPJ9", "37JlMa7n9YC", "RLooqgifw"]),
        (true, &["cfltcUBElyS", "xR0ubmwjcLa", "Vic7aOYceZ1", "HzCyW9BbhBh", "C+KbPgaTcGc", "9S4HfrjhA"]),
    ]),
    (Check::AdoPatCrc32, "ado-pat-crc32", &[
        (true, &["ceiwaeircei", "5h3qrceirce", "irceirceirc", "eirqeirceir", "ceirceiq"]),
        (true, &["fau7okzmfux", "dm7brgiztin", "jwg44dsor3h", "q66qp2aifbe", "grcfizdq"]),
        (false, &["zpczok4kqgn", "w5prpfy3ehi", "ylbqvgbjfkd", "iqkejsxqamy", "7qbkep7q"]),
    ]),
    (Check::MsHisMarvin32, "ms-his-marvin32", &[
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaa+", "ASt5mnCaw=="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaA", "CDbOpqrYA=="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaa+", "ABa13FZVQ=="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaa+", "AMCFNqWyA=="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaA", "PIMHbKhsQ=="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "+ARmD7h+qo="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "+AEhG2s/8w="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "+ASbHpHeAI="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "AIoTOumzco="]),
        (true, &["eeeeeeeeeee", "eeeeeeeeeee", "eeeeeeeeeee", "eeeeeeeee+A", "CRCTB7t/"]),
        (true, &["ddddddddddd", "ddddddddddd", "ddddddddddd", "ddddddddd+A", "CRCUDxQE"]),
        (true, &["oJs3RjFV5CV", "DyObDiooJk8", "NGGSylGTlNm", "AzCaPVydjM="]),
        (false, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaa+", "ASt5mnCaA=="]),
    ]),
    (Check::MsHisMarvin32Url, "ms-his-marvin32-url", &[
        (true, &["ddddddddddd", "ddddddddddd", "ddddddddddd", "ddddddddddd", "AzFu182vhA=", "="]),
        (true, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaAz", "SeCjhzCu"]),
    ]),
    (Check::MsCaskMarvin32, "ms-cask-marvin32", &[
        (true, &["6RtqHqPc66Y", "6DYbkydbrrF", "JTYnRoA7r40", "ts7LWS2SkIN", "SFsRABxhJQQ", "J99BFACAAAA", "ALGcqjAAASA", "ZDO3eqU"]),
        (true, &["AAAAAAAAAAA", "AAAAAAAAAAA", "AAAAAAAAAAA", "AAAAAAAAAAA", "AAAAAAAAJQQ", "J99AGAAAAAA", "AAAAAAAAAAA", "BCDTZJ9JA=="]),
        (true, &["AAECAwQFBgc", "ICQoLDA0ODx", "AREhMUFRYXG", "BkaGxwdHh8g", "ISIjJCUmJQQ", "J99BAAAAAAA", "AAAAAAAAAAA", "ZDO3TYs"]),
        (false, &["aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaJQQ", "J99ADccrrrr", "rtttttppppA", "SIGixi1"]),
    ]),
    (Check::Entra8qMarvin32, "entra-8q-marvin32", &[
        (true, &["zzz8Q~zzzzz", "zzzzzzzzzzz", "zzzzzzzzzzz", "zzzzblP"]),
        (true, &["qpF8Q~PCM5M", "hMoyTFc5TYE", "omnzRUKim9U", "Jhe8a2P"]),
        (true, &["pFF8Q~3R.bz", "ncyyAqiIOuP", ".0X0Nu7YIyC", "Md3pcB2"]),
        (false, &["aBc4Q~xY9kL", "mNpQrStUvWx", "Yz012345678", "90abcd0"]),
    ]),
    (Check::Bech32, "bech32", &[
        (true, &["AGE-SECRET-", "KEY-1GFPYYS", "JZGFPYYSJZG", "FPYYSJZGFPY", "YSJZGFPYYSJ", "ZGFPYYSJZGF", "PQ4EGAEX"]),
        (true, &["nsec1vl029m", "gpspedva04g", "90vltkh6fvh", "240zqtv9k0t", "9af8935ke9l", "aqsnlfe5"]),
        (true, &["AGE-SECRET-", "KEY-1P3EZ28", "LNF9HRX209E", "9J36NLSRA5M", "ZECSFZE8428", "80T0SZ5ZNPK", "4QM2GHL3"]),
    ]),
    (Check::Base58Check, "base58check", &[
        (true, &["5HueCGU8rMj", "xEXxiPuD5BD", "ku4MkFqeZyd", "4dZ1jvhTVqv", "bTLvyTJ"]),
        (true, &["xprv9s21ZrQ", "H143K3QTDL4", "LXw2F7HEK3w", "JUD2nW2nRk4", "stbPy6cq3jP", "PqjiChkVvvN", "KmPGJxWUtg6", "LnF5kejMRNN", "U3TGtRBeJgk", "33yuGBxrMPH", "i"]),
        (true, &["L3Yutj3P1PM", "2CLucNf53dK", "PdJt7k1cnqf", "65F2tYP4Dqr", "MaGDByv1"]),
    ]),
    (Check::NkeyCrc16, "nkey-crc16", &[
        (true, &["SUAKYRHVIOR", "EXV7EUZTBHU", "HL7NUMHPMAS", "7QMDU3GTIUW", "EI5LDNOXD43", "IZY"]),
        (true, &["SAAEKSHLSVH", "NEYPWRWTHBG", "36V5T43ZLHB", "NQRH3ISLLEN", "XJKS7TPP3YS", "BII"]),
    ]),
    (Check::StellarCrc16, "stellar-crc16", &[
        (true, &["SBU2RRGLXH3", "E5CQHTD3ODL", "DF2BWDCYUSS", "BLLZ5GNW7JX", "HDIYKXZWHOK", "R"]),
        (true, &["SAWCXEWLNYH", "X5ULNWHTNIU", "DJGMRYIQEEX", "27NQTKPXSTZ", "JA2NVU3OSGD", "4"]),
    ]),
    (Check::X25519Clamp, "x25519-clamp", &[
        (true, &["0PmIShOb6GE", "jn4W+kFDhx8", "LRWS+6D+Vuu", "u7faNK6vX4="]),
    ]),
    (Check::Bip39, "bip39", &[
        (true, &["0 0 0 0 0 0", " 0 0 0 0 0 ", "3"]),
        (true, &["abandon abandon abandon abandon abandon abandon ", "abandon abandon abandon abandon abandon about"]),
        (false, &["abandon abandon abandon abandon abandon abandon ", "abandon abandon abandon abandon abandon above"]),
        (false, &["0 0 0 0 0 0", " 0 0 0 0 0 ", "4"]),
    ]),
    (Check::AwsAccountId, "aws-account-id-decode", &[
        (true, &["ASIAY34FZKB", "OKMUTVV7A"]),
        (false, &["AKIAIOSFODN", "N7EXAMPLE"]),
    ]),
    (Check::GithubFineGrainedOwner, "github-fine-grained-owner", &[
        (true, &["github_pat", "_11AAO", "KYUI0", "JqmGpRMr5nGt"]),
        (false, &["github_pat_", "AAAAAAAAAA", "AAAAAAAAAAAA"]),
    ]),
    (Check::AtlassianDcPat, "atlassian-dc-pat", &[
        (true, &["MTIzNDU2Nzg", "5MDEyOkFCQ0", "RFRkdISUpLT", "E1OT1BRUlNU"]),
        (false, &["bm8gY29sb24", "gaGVyZSwgb2", "5seSB0ZXh0I", "G9mIDMzIGJ5"]),
    ]),
    (Check::PypiMacaroon, "pypi-macaroon", &[
        (true, &["pypi-AgEIcH", "lwaS5vcmcCJ", "DBkMWI4YmM4", "LTMwZGUtNGI", "yOS1iZmQyLT", "IzYjg3ODNiY", "TgyZAACInsi", "dmVyc2lvbiI", "6MSwicGVybW", "lzc2lvbnMiO", "iJ1c2VyIn0A", "AAYgz97RAd7", "Fon44pHhIWq", "9rHEfbSR91L", "Dhpr7Adyeqz", "Fjw"]),
        (true, &["pypi-AgENdG", "VzdC5weXBpL", "m9yZwIkYWU1", "MjM4OGYtMmY", "0OC00NDMwLW", "E5YjktMDY0M", "jc1OWJjZTNh", "AAAGIP9W1ls", "FuGKVJ7fOda", "Nr0QaU9a8jm", "LJbUqD2Rpdy", "UBTO"]),
        (false, &["pypi-AgEIcH", "lwaS5vcmcAB", "CD1234efgh5", "678ijklmnop", "qrst9098UVW", "XYZabcd1234", "EFGHIJKLMNO", "P"]),
    ]),
];

#[test]
fn vectors_come_out_as_published() {
    for (check, name, vectors) in VECTORS {
        assert_eq!(serde_json::to_value(check).unwrap(), *name);
        for (valid, parts) in *vectors {
            let token = parts.concat();
            assert_eq!(verify(*check, token.as_bytes()) == Verdict::Valid, *valid, "{name}: {}…", parts[0]);
        }
    }
}

#[test]
fn a_changed_character_is_noticed() {
    for (check, name, vectors) in VECTORS.iter().filter(|(check, ..)| weight(*check).proves) {
        // Structure, not a sum: most of the characters are free.
        if matches!(check, Check::GithubFineGrainedOwner | Check::AtlassianDcPat | Check::PypiMacaroon) {
            continue;
        }
        for (_, parts) in vectors.iter().filter(|(valid, _)| *valid) {
            let mut token = parts.concat().into_bytes();
            // Two before the end: the very last may be padding or hold unused bits.
            let at = token.len() - 1 - token.iter().rev().take_while(|b| **b == b'=').count() - 1;
            token[at] =
                if token[at].is_ascii_digit() { b'2' + (token[at] - b'0' + 1) % 6 } else { token[at] ^ 3 };
            assert_ne!(verify(*check, &token), Verdict::Valid, "{name}: {}…", parts[0]);
        }
    }
}

/// Heads with a generator for each check that [`seal`] can complete.
const HEADS: &[(Check, &str)] = &[
    (Check::Crc32B62, "ghp_{b62:30}{check:crc32-b62-6}"),
    (Check::Crc32B62, "salad_cloud_user_{b62:40}{check:crc32-b62-6}"),
    (Check::Crc32B62OfAll, "ddp_{b62:30}{check:crc32-b62-6-of-all-before}"),
    (Check::Crc32B62LowerOfAll, "apify_api_{b62:30}{check:crc32-b62a-6-of-all-before}"),
    (Check::Crc32B62OfParts, "syt_{b62:8}_{alpha:20}_{check:crc32-b62-6-of-parts-before}"),
    (Check::Crc32HexOfAll, "packagist_ort_{hex:54}{check:crc32-hex-of-all-before}"),
    (Check::Bip39, "{hex:32}{check:bip39}"),
    (Check::Bip39, "{hex:64}{check:bip39}"),
    (Check::GrafanaCrc32, "glsa_{b62:32}_{check:grafana-crc32-le-hex}"),
    (Check::Crc32HexOfBody, "zpka_{hex:32}_{check:crc32-hex-of-body}"),
    (Check::Crc32HexOfBody, "cfut_{b62:40}{check:crc32-hex-of-body}"),
    (Check::GitlabRoutable, "glpat-{b64url:27}.01.{check:gitlab-routable-crc32-b36}"),
    (Check::GitlabRoutable, "glpat-{b64url:27}.0r{check:gitlab-routable-crc32-b36}"),
    (Check::Crc32HexUpperOfAll, "ATATT3{b64url:180}={check:crc32-hex-upper-of-all-before}"),
    (Check::ConfluentCrc32, "cflt{b64:54}{check:confluent-crc32-le-b64}"),
    (Check::AdoPatCrc32, "{b32:52}{check:ado-pat-crc32}"),
    (Check::MsHisMarvin32, "{b64:76}+ASt{check:ms-his-marvin32}"),
    (Check::MsHisMarvin32, "{b64:33}+ARm{check:ms-his-marvin32}"),
    (Check::MsHisMarvin32, "{b64:42}+ACR{check:ms-his-marvin32}"),
    (Check::MsHisMarvin32Url, "{b64url:44}AzFu{check:ms-his-marvin32-url}"),
    (Check::MsHisMarvin32Url, "{b64url:42}AzSe{check:ms-his-marvin32-url}"),
    (Check::MsCaskMarvin32, "{b62:52}JQQJ99BFACAAAAAAAAAAASAZDO{b62:2}{check:ms-cask-marvin32}"),
    (Check::Entra8qMarvin32, "{b62:3}8Q~{b62:31}{check:entra-8q-marvin32}"),
    (Check::Bech32, "nsec1{bech32:52}{check:bech32}"),
    (Check::Base58Check, "5{b58:44}{check:base58check}"),
    (Check::Base58Check, "xprv{b58:101}{check:base58check}"),
    (Check::NkeyCrc16, "SU{B32:52}{check:nkey-crc16}"),
    (Check::StellarCrc16, "S{B32:51}{check:stellar-crc16}"),
    (Check::X25519Clamp, "{b64:42}A={check:x25519-clamp}"),
    (Check::AwsAccountId, "AKIA{B32:16}{check:aws-account-id-decode}"),
    (Check::PypiMacaroon, "pypi-{b64url:80}{check:pypi-macaroon}"),
];

#[test]
fn made_up_tokens_pass_their_own_check() {
    for (check, text) in HEADS {
        for seed in ["one", "two", "three", "four", "five", "six", "seven", "eight"] {
            let alone = try_expand(text, seed).unwrap();
            assert_eq!(verify(*check, alone.as_bytes()), Verdict::Valid, "{text} gave {alone}");
            // In a line the start of the token has to be found.
            let line = try_expand(&format!("set KEY=\"{text}\""), seed).unwrap();
            let token = &line["set KEY=\"".len()..line.len() - 1];
            assert_eq!(verify(*check, token.as_bytes()), Verdict::Valid, "{text} in a line gave {token}");
            let bare = try_expand(&format!("KEY={text}"), seed).unwrap();
            assert_eq!(
                verify(*check, &bare.as_bytes()["KEY=".len()..]),
                Verdict::Valid,
                "{text} after = gave {bare}"
            );
        }
    }
}

#[test]
fn every_check_that_can_be_sealed_is_tried() {
    for (check, ..) in VECTORS {
        let tried = HEADS.iter().any(|(with, _)| with == check);
        let cannot = matches!(check, Check::GithubFineGrainedOwner | Check::AtlassianDcPat);
        assert!(tried != cannot, "{check:?}");
    }
}

#[test]
fn structure_can_be_told() {
    let id = ["ASIAY34FZKB", "OKMUTVV7A"].concat();
    assert_eq!(told(Check::AwsAccountId, id.as_bytes()).unwrap(), "AWS account 609629065308");
    let pat = ["github_pat", "_11AAO", "KYUI0", "JqmGpRMr5nGt"].concat();
    assert_eq!(told(Check::GithubFineGrainedOwner, pat.as_bytes()).unwrap(), "GitHub user number 1879121");
    let key =
        try_expand(HEADS.iter().find(|(check, _)| *check == Check::MsCaskMarvin32).unwrap().1, "s").unwrap();
    assert_eq!(told(Check::MsCaskMarvin32, key.as_bytes()).unwrap(), "made in June 2025");
    let old = ["AKIAIOSFODN", "N7EXAMPLE"].concat();
    assert_eq!(verify(Check::AwsAccountId, old.as_bytes()), Verdict::Unknown);
}

#[test]
fn marvin_agrees_with_symcrypt() {
    assert_eq!(marvin::marvin64(b"abc", 0xd53c_d9ce_cd08_93b7), 0x22c7_4339_4927_69bf);
    assert_eq!(marvin::marvin64(b"abcdefghijklmnopqrstuvwxyz", 0x0ddd_deee_efff_f000), 0xa128_eb7e_7260_aca2);
}

#[test]
fn jwt_and_plivo_have_structure() {
    let jwt =
        try_expand("{base64:{\"alg\":\"HS256\",\"typ\":\"JWT\"}}.{base64:{\"sub\":\"1\"}}.{b64url:43}", "s")
            .unwrap();
    assert_eq!(verify(Check::Jwt, jwt.as_bytes()), Verdict::Valid);
    assert_eq!(verify(Check::Jwt, b"eyJub3QiOjF9.eyJ4IjoxfQ.abc"), Verdict::Invalid);
    for (text, want) in [
        ("{base64:{hex:30}}", Verdict::Valid),
        ("{base64:{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:6}}", Verdict::Valid),
        ("{base64:{HEX:30}}", Verdict::Invalid),
        ("{b64:40}", Verdict::Invalid),
    ] {
        assert_eq!(verify(Check::PlivoToken, try_expand(text, "s").unwrap().as_bytes()), want, "{text}");
    }
}

#[test]
fn a_key_has_a_frame() {
    let armour = |body: &str| format!("-----BEGIN {}-----\\n{body}", "PRIVATE KEY");
    let mut key = vec![0x30, 0x81, 200, 2, 1, 0, 0x30];
    key.resize(203, 7);
    let key = bases::padded(bases::encode(&key, bases::BASE64));
    let (first, rest) = key.split_at(64);
    for (body, want) in [
        (format!("{first}\\n{rest}\\n"), Verdict::Valid),
        (format!("{first}\\n{}", &rest[..64]), Verdict::Unknown),
        (format!("A{first}\\n{rest}\\n"), Verdict::Invalid),
    ] {
        assert_eq!(verify(Check::Pkcs8PrivateKey, armour(&body).as_bytes()), want, "{body}");
    }
}

#[test]
fn each_group_is_a_multiple_of_eleven() {
    let head = "0001fffe800012349abc0fa5c3d2e1f0";
    let sealed = seal(Check::BitlockerGroups, head.as_bytes()).unwrap();
    assert!(sealed.replaces == 32 && sealed.text.starts_with("000011-720874-360448-"));
    assert_eq!(verify(Check::BitlockerGroups, sealed.text.as_bytes()), Verdict::Valid);
    let altered = sealed.text.replace("720874", "720875");
    assert_eq!(verify(Check::BitlockerGroups, altered.as_bytes()), Verdict::Invalid);
    let too_large = sealed.text.replace("720874", "720896");
    assert_eq!(verify(Check::BitlockerGroups, too_large.as_bytes()), Verdict::Invalid);
    assert_eq!(verify(Check::BitlockerGroups, &sealed.text.as_bytes()[7..]), Verdict::Unknown);
}

#[test]
fn odd_bytes_are_answered() {
    let all: Vec<Check> = VECTORS
        .iter()
        .map(|(check, ..)| *check)
        .chain([Check::Jwt, Check::PlivoToken, Check::Pkcs8PrivateKey, Check::BitlockerGroups])
        .collect();
    let long = "A".repeat(300_000);
    let odd = [
        "",
        "_",
        "-",
        ".",
        "1",
        "=",
        "====",
        "_______",
        "pypi-",
        "pypi-AgH_",
        "a_é",
        "cflt",
        "AKIA",
        "x-.",
        "1qqqqqq",
        &long,
    ];
    for check in all {
        for text in odd {
            assert_ne!(verify(check, text.as_bytes()), Verdict::Valid, "{check:?}: {:.20}", text);
            let _ = (seal(check, text.as_bytes()), told(check, text.as_bytes()));
        }
        assert_eq!(verify(check, &[0xFF, 0xFE, 0]), Verdict::Unknown);
    }
}
