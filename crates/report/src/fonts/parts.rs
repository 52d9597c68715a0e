//! The parts of the fonts; written by `scripts/fonts.py`.

use super::Part;

pub(super) const PARTS: [Part; 36] = [
    Part {
        letters: " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~±·×θ–‘’“”…ₜ→−▲▼",
        regular: include_bytes!("../../fonts/regular-latin.woff2"),
        bold: include_bytes!("../../fonts/bold-latin.woff2"),
    },
    Part {
        letters: "가각간갈갑값강같개거건걸검것게겠격겪견결겸겼경계고곡곤곧골곳공과곽관광교구국굵권규균그근금급기긴길김까깝께꾸뀌끊나난날남납낮내낸너넘노녹높놓누눈눌느는늘능니님다단달담답당대댓더덕던데도독동되된됩두둔둘뒤드든들따때떤떨뚜뜻라락람래랜랫략량러럴레려력렬렴렵렷로록루류률르른를름릅리린릴림립링마막만많말맞매맵맹머먼멈메며면명모목못무문물므미민바박반받방배백번범법벗변별병보복본볼봄부분불비빈빗빠빨뿐쁩사산살삼상새생서석섞선설섭성세셌소속손솔솟송수숙순숫쉬쉴쉽슬습슷승시식신실심쌓썼쓰쓴쓸씀씁씩아안앉않알았앙앞앵야약양어언얼엄없엇었에여연열염엽였영옆예오옥온올옴옹와완왔왕외요용우운울움워원월위유육윤율으은을음응의이인일읽임입있자작잔잘잡장잦재저적전절점정제졌조족존좁종좋좌주준줄줍중지직진질짐집짜짧째차찬참창찾채척천철첫체쳐초최추춘출춥충췄측치칙칠칸커켜크큰큼킬타탁탈탕태터토통트특틀파판펴편평포폼표푼풀풉플필하학한할함합항해했행향허험혀혁현혔형혜호혼홍화확환활황회횟효후훈휘희히힌",
        regular: include_bytes!("../../fonts/regular-korean.woff2"),
        bold: include_bytes!("../../fonts/bold-korean.woff2"),
    },
    Part {
        letters: "\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°²³´µ¶¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħĨĩĪīĬĭĮįİıĲĳĴĵĶķĸĹĺĻļĽľĿŀŁłŃńŅņŇňŊŋŌōŎŏŐőŒœŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŦŧŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžſȘșȚțˆˇˈˉˊˋˌˍˎˏːˑ˒˓˔˕˖˗˘˙˚˛˜˝ͰͱͲͳ͵ͶͷͺͻͼͽͿ΄΅ΆΈΉΊΌΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηικλμνξοπρςστυφχψωϊϋόύώϏϐϑϒϓϔϕϖϗϘϙϚϛϜϝϞϟϠϡϰϱϲϳϴϵ϶ϷϸϹϺϻϼϽϾϿẞ‐‑‒—―‖‗‚‛„‟†‡•‣․‥‧\u{202f}‰‱′″‴‵‶‷‸‹›⁰ⁱ⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₔₕₖₗₘₙₚₛ₩₪₫€℃№℗℞℟℠℡™←↑↓↔↕↖↗↘↙∂∅∆∏∑√∞∫≈≠≤≥■□▢▪△▶▷►▻▽◀◁◄◅◆◇◊○●★☆✓\u{3000}、。〃〈〉《》「」『』【】〔〕！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～",
        regular: include_bytes!("../../fonts/regular-western.woff2"),
        bold: include_bytes!("../../fonts/bold-western.woff2"),
    },
    Part {
        letters: "ㄱㄲㄳㄴㄵㄶㄷㄸㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅃㅄㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣㅤㆍ",
        regular: include_bytes!("../../fonts/regular-jamo.woff2"),
        bold: include_bytes!("../../fonts/bold-jamo.woff2"),
    },
    Part {
        letters: "갇갉갊감갓갔갖갗갚갛객갠갤갬갭갯갰갱갸갹갼걀걋걍걔걘걜걱걷걺겁겄겅겆겉겊겋겐겔겜겝겟겡겨겯겹겻곁곈곌곕곗곪곬곯곰곱곶괄괆",
        regular: include_bytes!("../../fonts/regular-syllables-00.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-00.woff2"),
    },
    Part {
        letters: "괌괍괏괘괜괠괩괬괭괴괵괸괼굄굅굇굉굔굘굡굣군굳굴굶굻굼굽굿궁궂궈궉궐궜궝궤궷귀귁귄귈귐귑귓귤극귿글긁긋긍긔긱긷긺깁깃깅깆",
        regular: include_bytes!("../../fonts/regular-syllables-01.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-01.woff2"),
    },
    Part {
        letters: "깊깍깎깐깔깖깜깟깠깡깥깨깩깬깰깸깹깻깼깽꺄꺅꺌꺼꺽꺾껀껄껌껍껏껐껑껙껜껨껫껭껴껸껼꼇꼈꼍꼐꼬꼭꼰꼲꼴꼼꼽꼿꽁꽂꽃꽈꽉꽐꽜",
        regular: include_bytes!("../../fonts/regular-syllables-02.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-02.woff2"),
    },
    Part {
        letters: "꽝꽤꽥꽹꾀꾄꾈꾐꾑꾕꾜꾹꾼꿀꿇꿈꿉꿋꿍꿎꿔꿜꿨꿩꿰꿱꿴꿸뀀뀁뀄뀐뀔뀜뀝뀨끄끅끈끌끎끓끔끕끗끙끝끼끽낀낄낌낍낏낑낙낚낟낡낢",
        regular: include_bytes!("../../fonts/regular-syllables-03.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-03.woff2"),
    },
    Part {
        letters: "낫났낭낯낱낳낵낼냄냅냇냈냉냐냑냔냘냠냥넉넋넌널넒넓넙넛넜넝넣네넥넨넬넴넵넷넸넹녀녁년녈념녑녔녕녘녜녠논놀놂놈놉놋농놔놘놜",
        regular: include_bytes!("../../fonts/regular-syllables-04.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-04.woff2"),
    },
    Part {
        letters: "놨뇌뇐뇔뇜뇝뇟뇨뇩뇬뇰뇹뇻뇽눅눋눔눕눗눙눠눴눼뉘뉜뉠뉨뉩뉴뉵뉼늄늅늉늑늙늚늠늡늣늦늪늬늰늴닉닌닐닒닙닛닝닢닥닦닫닭닮닯닳",
        regular: include_bytes!("../../fonts/regular-syllables-05.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-05.woff2"),
    },
    Part {
        letters: "닷닸닺닻닿댁댄댈댐댑댔댕댜덖덛덜덞덟덤덥덧덩덫덮덱덴델뎀뎁뎃뎄뎅뎌뎐뎔뎠뎡뎨뎬돈돋돌돎돐돔돕돗돛돝돠돤돨돼됐될됨됫됴둑둠",
        regular: include_bytes!("../../fonts/regular-syllables-06.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-06.woff2"),
    },
    Part {
        letters: "둡둣둥둬뒀뒈뒝뒨뒬뒵뒷뒹듀듄듈듐듕득듣듦듬듭듯등듸디딕딘딛딜딤딥딧딨딩딪딱딴딸땀땁땃땄땅땋땍땐땔땜땝땟땠땡떠떡떪떫떰떱떳",
        regular: include_bytes!("../../fonts/regular-syllables-07.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-07.woff2"),
    },
    Part {
        letters: "떴떵떻떼떽뗀뗄뗌뗍뗏뗐뗑뗘뗬또똑똔똘똥똬똴뙈뙤뙨뚝뚠뚤뚫뚬뚱뛔뛰뛴뛸뜀뜁뜅뜨뜩뜬뜯뜰뜸뜹띄띈띌띔띕띠띤띨띰띱띳띵란랄랍랏",
        regular: include_bytes!("../../fonts/regular-syllables-08.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-08.woff2"),
    },
    Part {
        letters: "랐랑랒랖랗랙랠램랩랬랭랴랸럇럭런럼럽럿렀렁렇렉렌렐렘렙렛렝련렸령례롄롑롓론롤롬롭롯롱롸롼뢍뢨뢰뢴뢸룀룁룃룅료룐룔룝룟룡룩",
        regular: include_bytes!("../../fonts/regular-syllables-09.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-09.woff2"),
    },
    Part {
        letters: "룬룰룸룹룻룽뤄뤘뤠뤼뤽륀륄륌륏륑륙륜륨륩륫륭륵릇릉릊릍릎릭릿맏맑맒맘맙맛망맡맣맥맨맬맴맷맸맺먀먁먈먕먹멀멂멉멋멍멎멓멕멘",
        regular: include_bytes!("../../fonts/regular-syllables-10.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-10.woff2"),
    },
    Part {
        letters: "멜멤멥멧멨멩멱멸몃몄몇몌몫몬몰몲몸몹몽뫄뫈뫘뫙뫼묀묄묍묏묑묘묜묠묩묫묵묶묻묽묾뭄뭅뭇뭉뭍뭏뭐뭔뭘뭡뭣뭬뮈뮌뮐뮤뮨뮬뮴뮷믄",
        regular: include_bytes!("../../fonts/regular-syllables-11.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-11.woff2"),
    },
    Part {
        letters: "믈믐믓믹믿밀밂밈밉밋밌밍및밑밖밗발밝밞밟밤밥밧밭밴밸뱀뱁뱃뱄뱅뱉뱌뱍뱐뱝버벅벋벌벎벙벚베벡벤벧벨벰벱벳벴벵벼벽볍볏볐볕볘",
        regular: include_bytes!("../../fonts/regular-syllables-12.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-12.woff2"),
    },
    Part {
        letters: "볜볶봅봇봉봐봔봤봬뵀뵈뵉뵌뵐뵘뵙뵤뵨북붇붉붊붐붑붓붕붙붚붜붤붰붸뷔뷕뷘뷜뷩뷰뷴뷸븀븃븅브븍븐블븜븝븟빅빌빎빔빕빙빚빛빡빤",
        regular: include_bytes!("../../fonts/regular-syllables-13.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-13.woff2"),
    },
    Part {
        letters: "빪빰빱빳빴빵빻빼빽뺀뺄뺌뺍뺏뺐뺑뺘뺙뺨뻐뻑뻔뻗뻘뻠뻣뻤뻥뻬뼁뼈뼉뼘뼙뼛뼜뼝뽀뽁뽄뽈뽐뽑뽕뾔뾰뿅뿌뿍뿔뿜뿟뿡쀼쁑쁘쁜쁠쁨삐",
        regular: include_bytes!("../../fonts/regular-syllables-14.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-14.woff2"),
    },
    Part {
        letters: "삑삔삘삠삡삣삥삭삯삳삵삶삽삿샀샅색샌샐샘샙샛샜샤샥샨샬샴샵샷샹섀섄섈섐섕섟섣섦섧섬섯섰섶섹센셀셈셉셋셍셔셕션셜셤셥셧셨셩",
        regular: include_bytes!("../../fonts/regular-syllables-15.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-15.woff2"),
    },
    Part {
        letters: "셰셴셸솅솎솖솜솝솥솨솩솬솰솽쇄쇈쇌쇔쇗쇘쇠쇤쇨쇰쇱쇳쇼쇽숀숄숌숍숏숑숟술숨숩숭숯숱숲숴쉈쉐쉑쉔쉘쉠쉥쉭쉰쉼쉿슁슈슉슐슘슛",
        regular: include_bytes!("../../fonts/regular-syllables-16.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-16.woff2"),
    },
    Part {
        letters: "슝스슥슨슭슴싣싫십싯싱싶싸싹싻싼쌀쌈쌉쌌쌍쌔쌕쌘쌜쌤쌥쌨쌩썅써썩썬썰썲썸썹썽쎄쎈쎌쏀쏘쏙쏜쏟쏠쏢쏨쏩쏭쏴쏵쏸쐈쐐쐤쐬쐰쐴",
        regular: include_bytes!("../../fonts/regular-syllables-17.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-17.woff2"),
    },
    Part {
        letters: "쐼쐽쑈쑤쑥쑨쑬쑴쑵쑹쒀쒔쒜쒸쒼쓩쓱쓺쓿씌씐씔씜씨씬씰씸씹씻씽악앍앎앓암압앗앝애액앤앨앰앱앳앴얀얄얇얌얍얏얕얗얘얜얠얩억얹",
        regular: include_bytes!("../../fonts/regular-syllables-18.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-18.woff2"),
    },
    Part {
        letters: "얻얽얾업엉엊엌엎엑엔엘엠엡엣엥역엮엶엷엾엿옅옇옌옐옘옙옛옜옭옮옰옳옵옷옻왁왈왐왑왓왜왝왠왬왯왱왹왼욀욈욉욋욍욕욘욜욤욥욧",
        regular: include_bytes!("../../fonts/regular-syllables-19.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-19.woff2"),
    },
    Part {
        letters: "욱욹욺웁웃웅웍웜웝웠웡웨웩웬웰웸웹웽윅윈윌윔윕윗윙윰윱윳융윷윽읊읍읏읒읓읔읕읖읗읜읠읨읫익읾잃잇잉잊잎잖잗잚잠잣잤잭잰잴",
        regular: include_bytes!("../../fonts/regular-syllables-20.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-20.woff2"),
    },
    Part {
        letters: "잼잽잿쟀쟁쟈쟉쟌쟎쟐쟘쟝쟤쟨쟬젊접젓젖젝젠젤젬젭젯젱져젼졀졈졉졍졔졸졺좀좃좆좇좍좔좝좟좡좨좼좽죄죈죌죔죕죗죙죠죡죤죵죽줅",
        regular: include_bytes!("../../fonts/regular-syllables-21.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-21.woff2"),
    },
    Part {
        letters: "줆줌줏줘줬줴쥐쥑쥔쥘쥠쥡쥣쥬쥰쥴쥼즈즉즌즐즘즙즛증짇짊짓징짖짙짚짝짠짢짤짬짭짯짰짱짹짼쨀쨈쨉쨋쨌쨍쨔쨘쨩쩌쩍쩐쩔쩜쩝쩟쩠",
        regular: include_bytes!("../../fonts/regular-syllables-22.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-22.woff2"),
    },
    Part {
        letters: "쩡쩨쩽쪄쪘쪼쪽쫀쫄쫌쫍쫏쫑쫓쫘쫙쫠쫬쫴쬈쬐쬔쬘쬠쬡쭁쭈쭉쭌쭐쭘쭙쭝쭤쭸쭹쮜쮸쯔쯤쯧쯩찌찍찐찔찜찝찡찢찧착찮찰찹찻찼책챈챌",
        regular: include_bytes!("../../fonts/regular-syllables-23.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-23.woff2"),
    },
    Part {
        letters: "챔챕챗챘챙챠챤챦챨챰챵처첨첩첬청첵첸첼쳄쳅쳇쳉쳔쳤쳬쳰촁촉촌촐촘촙촛총촤촨촬촹쵠쵤쵬쵭쵯쵱쵸춈축춤춧춰췌췐취췬췰췸췹췻췽",
        regular: include_bytes!("../../fonts/regular-syllables-24.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-24.woff2"),
    },
    Part {
        letters: "츄츈츌츔츙츠츤츨츰츱츳층친칟칡침칩칫칭카칵칼캄캅캇캉캐캑캔캘캠캡캣캤캥캬캭컁컥컨컫컬컴컵컷컸컹케켁켄켈켐켑켓켕켠켤켬켭켯",
        regular: include_bytes!("../../fonts/regular-syllables-25.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-25.woff2"),
    },
    Part {
        letters: "켰켱켸코콕콘콜콤콥콧콩콰콱콴콸쾀쾅쾌쾡쾨쾰쿄쿠쿡쿤쿨쿰쿱쿳쿵쿼퀀퀄퀑퀘퀭퀴퀵퀸퀼큄큅큇큉큐큔큘큠큭클큽킁키킥킨킴킵킷킹탄",
        regular: include_bytes!("../../fonts/regular-syllables-26.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-26.woff2"),
    },
    Part {
        letters: "탉탐탑탓탔택탠탤탬탭탯탰탱탸턍턱턴털턺텀텁텃텄텅테텍텐텔템텝텟텡텨텬텼톄톈톡톤톨톰톱톳톺톼퇀퇘퇴퇸툇툉툐투툭툰툴툼툽툿퉁",
        regular: include_bytes!("../../fonts/regular-syllables-27.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-27.woff2"),
    },
    Part {
        letters: "퉈퉜퉤튀튁튄튈튐튑튕튜튠튤튬튱튼튿틂틈틉틋틔틘틜틤틥티틱틴틸팀팁팃팅팍팎팔팖팜팝팟팠팡팥패팩팬팰팸팹팻팼팽퍄퍅퍼퍽펀펄펌",
        regular: include_bytes!("../../fonts/regular-syllables-28.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-28.woff2"),
    },
    Part {
        letters: "펍펏펐펑페펙펜펠펨펩펫펭펼폄폅폈폐폘폡폣폭폰폴폽폿퐁퐈퐝푀푄푠푤푭푯푸푹푿풂품풋풍풔풩퓌퓐퓔퓜퓟퓨퓬퓰퓸퓻퓽프픈픔픕픗피",
        regular: include_bytes!("../../fonts/regular-syllables-29.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-29.woff2"),
    },
    Part {
        letters: "픽핀핌핍핏핑핥핫핵핸핼햄햅햇햐헉헌헐헒헙헛헝헤헥헨헬헴헵헷헹혈혐협혓혠혤혭혹홀홅홈홉홋홑홧홰홱홴횃횅획횐횔횝횡횬횰횹횻훅",
        regular: include_bytes!("../../fonts/regular-syllables-30.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-30.woff2"),
    },
    Part {
        letters: "훌훑훔훗훙훠훤훨훰훵훼훽휀휄휑휙휜휠휨휩휫휭휴휵휸휼흄흇흉흐흑흔흖흗흘흙흠흡흣흥흩흰흴흼흽힁힉힐힘힙힛힝",
        regular: include_bytes!("../../fonts/regular-syllables-31.woff2"),
        bold: include_bytes!("../../fonts/bold-syllables-31.woff2"),
    },
];
