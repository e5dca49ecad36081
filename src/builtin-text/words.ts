/** The words of the built-in world. Values of one list stand in for each other, so they are all used alike. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const FIRST_NAMES = words(`
  Mara Tom Lena Oren Petra Jon Sula Nils Vera Amos Greta Rolf Dora Ivan Kira Paul Nora Emil Tessa Hugo Lina Karl Mona
  Otto Sara Finn Rosa Bert Clara Dirk Elsa Gus Hanna Igor Julia Kurt Lucy Max Nina Owen Pia Ralf Stella Theo Ursa Viktor
  Wanda Yann Zora Adam Bella Cora Dan Eva Felix Gina Henry Ida Jasper Kate Leo Mira Noah Olga`);

export const LAST_NAMES = words(`
  Lind Brook Hale Marsh Stone Field Ward Cole Reed Vane Holt Birch Frost Gray Moss Pike Quill Rowe Sand Thorn Vale West
  Wood York Ash Bell Crane Dale Elm Ford Glen Hill Kent Lake March North Oak Park Ridge Snow`);

export const TOWNS = words(`
  Oster Kell Varna Tarn Mellow Dunmore Selby Rostock Harrow Linden Norwick Pellow Cardle Fenby Gorse Hadley Ister Jarrow
  Kirby Lorne Maplin Nettle Orford Penrith`);

export const COLOURS = words("red blue green yellow white black brown grey pink orange");
export const DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday");
export const MONTHS = words("January February March April May June July August September October November December");
export const NUMBERS = words(
  "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty",
);
export const FOODS = words(
  "bread cheese soup plums apples honey rice fish cake nuts beans pears onions butter eggs jam",
);
export const INSTRUMENTS = words("drum flute piano violin trumpet guitar harp horn organ cello");
export const VEHICLES = words("boat train bus bicycle car sledge tram wagon ferry lorry");
export const CLOTHES = words("coat hat scarf dress shirt jacket cap apron");
export const FEELINGS = words("happy proud sad angry calm tired glad afraid lonely grateful");

export const ANIMALS = words(
  "hen fox goat owl cat dog horse duck sheep cow pig rabbit mouse goose donkey frog crow bee wolf bear",
);
export const ANIMAL_FOODS = words("seeds berries grass mice milk bones hay weeds leaves clover roots carrots");
export const ANIMAL_HOMES = words("coop den stable tree house kennel field pond barn hut burrow nest");

export const JOBS = words(
  "baker farmer teacher doctor tailor miller sailor smith painter potter nurse weaver gardener cook driver hunter clerk printer singer mason",
);
export const WORKPLACES = words(
  "bakery farm school hospital workshop mill harbour forge studio kiln clinic loft garden kitchen garage forest office press theatre quarry",
);
export const TOOLS = words(
  "oven plough chalk lamp needle wheel rope hammer brush clay bandage loom spade pan map net pen ink voice chisel",
);

export const OBJECTS = words(
  "window table chair kettle knife bottle rope-ladder basket bell ring candle brick blanket mirror bucket spoon box door tent book sock key gate pipe",
).map((word) => word.replace("-", " "));
export const MATERIALS = words("glass wood metal clay wool paper leather stone wax gold cotton straw");
export const USES = words(
  "cutting sitting cooking drinking sleeping reading carrying ringing closing lighting building washing",
);

export const REGIONS = words("hills marshes coast valley plains forest islands mountains");
export const RIVERS = words("Amber Bourne Cress Dove Ember Frome Glass Humber");

/** Words that only describe, for text that is about nothing in particular. */
export const ADJECTIVES = words(`
  old new small large heavy light long short warm cold quiet loud clean dirty bright dark soft hard round flat sweet dry
  wet early late open empty full narrow wide young gentle simple strange common famous careful ready clear plain busy
  strong weak fresh steep deep cheap rare`);
export const PLACES = words(`
  street market square bridge church library station shop museum hall tower wall road path corner yard roof room stairs
  cellar well fountain meadow beach island hill river lake wood camp`);
export const THINGS = words(`
  letter picture stone flower song story coin ticket newspaper photograph clock paper lesson game question answer word
  number plan price gift parcel computer telephone machine engine light water snow rain wind cloud fire morning evening
  summer winter government company team player record report study group member police council meeting project`);
export const VERBS = words(`
  saw found heard bought sold carried moved opened closed painted washed cleaned counted drew described forgot
  remembered watched left reached followed`);
