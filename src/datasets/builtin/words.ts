/** Lists the words of the built-in world. Values of one list stand in for each other, so they are all used alike. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const FIRST_NAMES = words(
  `Mara Tom Lena Oren Petra Jon Sula Nils Vera Amos Greta Rolf Dora Ivan Kira Paul Nora Emil Tessa Hugo Lina Karl Mona Otto Sara Finn Rosa Bert Clara Dirk Elsa Gus Hanna Igor Julia Kurt Lucy Max Nina Owen`,
);

export const LAST_NAMES = words(
  `Lind Brook Hale Stone Field Ward Cole Reed Holt Birch Frost Gray Moss Pike Rowe Thorn Vale West York Bell Crane Hill Kent Snow`,
);

export const TOWNS = words(
  `Oster Kell Varna Tarn Mellow Selby Harrow Linden Norwick Pellow Cardle Fenby Gorse Hadley Jarrow Lorne`,
);

export const COLOURS = words(`red blue green yellow white black brown grey`);
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

export const ANIMALS = words(`hen fox goat owl cat dog horse duck sheep cow pig rabbit mouse goose frog bear`);
export const ANIMAL_FOODS = words(`seeds berries grass mice milk bones hay leaves`);
export const ANIMAL_HOMES = words(`coop den stable tree house field pond barn`);

export const JOBS = words(
  `baker farmer teacher doctor tailor miller sailor smith painter potter weaver gardener cook hunter clerk singer`,
);
export const WORKPLACES = words(
  `bakery farm school hospital workshop mill harbour forge studio kiln loft garden kitchen forest office theatre`,
);
export const TOOLS = words(`oven plough chalk lamp needle wheel rope hammer brush clay loom spade pan net pen voice`);

export const OBJECTS = words(
  `window table chair kettle knife bottle basket bell ring candle blanket mirror bucket spoon box key`,
);
export const MATERIALS = words(`glass wood metal clay wool paper leather stone`);
export const USES = words(`cutting sitting cooking drinking sleeping reading carrying washing`);

export const REGIONS = words("hills marshes coast valley plains forest islands mountains");
export const RIVERS = words("Amber Bourne Cress Dove Ember Frome Glass Humber");

/** Lists words that only describe, for text that is about nothing in particular. */
export const ADJECTIVES = words(
  `old new small large heavy light long short warm cold quiet loud clean dirty bright dark soft hard round early late open empty young simple strange common famous careful busy strong weak`,
);
export const PLACES = words(
  `street market square bridge church library station shop museum hall tower wall road path garden roof fountain beach island river lake camp`,
);
export const THINGS = words(
  `letter picture stone flower song story coin ticket newspaper clock lesson game question answer word number plan price computer machine water snow wind fire morning evening summer winter government company team report group meeting`,
);
export const VERBS = words(
  `saw found heard bought sold carried moved opened closed washed described forgot watched followed`,
);
